-- The last place of the feed that nothing can overtake any more.
SELECT txid, entry_key
FROM feed_entries
WHERE txid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) + feed_base()
ORDER BY txid DESC, entry_key DESC
LIMIT 1
