-- The bigrams of a case; written again when its class becomes known.
INSERT OR REPLACE INTO case_search (rowid, tokens) VALUES (:case_key, :tokens)
