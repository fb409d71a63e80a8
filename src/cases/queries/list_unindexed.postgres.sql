-- Cases told of in the feed that the search index has not reached, oldest first.
SELECT e.subject_key
FROM feed_entries e
WHERE (e.txid, e.entry_key) > (
        COALESCE((SELECT r.txid FROM feed_readers r WHERE r.name = 'search'), 0),
        COALESCE((SELECT r.entry_key FROM feed_readers r WHERE r.name = 'search'), 0))
  AND e.kind IN ('case_reported', 'case_accepted')
ORDER BY e.txid, e.entry_key
LIMIT :rows
