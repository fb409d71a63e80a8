-- Entries after a place; one writer hands out keys in commit order.
SELECT txid, entry_key, kind, subject_key, version, recorded_ms
FROM feed_entries
WHERE entry_key > :entry_key AND :txid >= 0
ORDER BY entry_key
LIMIT :rows
