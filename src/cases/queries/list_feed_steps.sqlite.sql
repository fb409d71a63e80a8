-- Entries of the feed in commit order, with the chain value of the step that each speaks of.
SELECT f.txid, f.entry_key, f.kind, f.subject_key, f.version, f.recorded_ms, s.chain
FROM feed_entries f
LEFT JOIN case_steps s ON s.step_key = f.subject_key * 4096 + f.version
WHERE f.entry_key > :entry_key AND :txid >= 0
ORDER BY f.entry_key
LIMIT :rows
