-- Entries after a place; a transaction still open could yet commit before those at or above xmin.
SELECT txid, entry_key, kind, subject_key, version, recorded_ms
FROM feed_entries
WHERE (txid, entry_key) > (CAST(:txid AS BIGINT), CAST(:entry_key AS BIGINT))
  AND txid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) + feed_base()
ORDER BY txid, entry_key
LIMIT :rows
