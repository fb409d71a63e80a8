-- The bigrams of a case; written again when its class becomes known.
INSERT INTO case_search (case_key, tokens) VALUES (:case_key, to_tsvector('simple', :tokens))
ON CONFLICT (case_key) DO UPDATE SET tokens = excluded.tokens
