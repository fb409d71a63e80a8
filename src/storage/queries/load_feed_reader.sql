-- How far a named reader has come.
SELECT txid, entry_key FROM feed_readers WHERE name = :name
