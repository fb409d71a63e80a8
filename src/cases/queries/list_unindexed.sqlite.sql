-- Cases told of in the feed that the search index has not reached, oldest first.
SELECT subject_key
FROM feed_entries
WHERE entry_key > COALESCE((SELECT r.entry_key FROM feed_readers r WHERE r.name = 'search'), 0)
  AND kind IN ('case_reported', 'case_accepted')
ORDER BY entry_key
LIMIT :rows
