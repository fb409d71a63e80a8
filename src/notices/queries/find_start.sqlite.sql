-- The newest entry of the feed from before a time: where a city that has never told anybody begins.
SELECT txid, entry_key FROM feed_entries WHERE recorded_ms < :at_ms ORDER BY entry_key DESC LIMIT 1
