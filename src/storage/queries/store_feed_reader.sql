-- Remembers how far a named reader has come.
INSERT INTO feed_readers (name, txid, entry_key) VALUES (:name, :txid, :entry_key)
ON CONFLICT (name) DO UPDATE SET txid = excluded.txid, entry_key = excluded.entry_key
