-- Takes a survey to work on; nothing changes when another was first.
UPDATE survey_imports
SET owner = :owner, lease_ms = :lease_ms, done = 0, of_all = 0, touched_ms = :now_ms
WHERE import_key = :import_key AND state IN ('converting', 'checking', 'publishing') AND (owner = '' OR lease_ms < :now_ms)
