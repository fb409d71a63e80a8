-- Entries of the feed in commit order, with the chain value of the step that each speaks of.
SELECT f.txid, f.entry_key, f.kind, f.subject_key, f.version, f.recorded_ms, s.chain
FROM feed_entries f
LEFT JOIN case_steps s ON s.step_key = f.subject_key * 4096 + f.version
WHERE (f.txid, f.entry_key) > (CAST(:txid AS BIGINT), CAST(:entry_key AS BIGINT))
  AND f.txid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) + feed_base()
ORDER BY f.txid, f.entry_key
LIMIT :rows
