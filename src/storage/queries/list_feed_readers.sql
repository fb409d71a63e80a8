-- Where every stored reader of the feed stands.
SELECT name, txid, entry_key FROM feed_readers ORDER BY name
