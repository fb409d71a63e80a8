-- The largest transaction number in the feed, committed in whatever order.
SELECT COALESCE(MAX(txid), 0) AS txid FROM feed_entries
