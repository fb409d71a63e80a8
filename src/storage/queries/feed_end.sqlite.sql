-- The last place of the feed.
SELECT txid, entry_key FROM feed_entries ORDER BY entry_key DESC LIMIT 1
