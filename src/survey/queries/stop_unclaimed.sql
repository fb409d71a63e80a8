-- Nobody has begun: it stops at once.
UPDATE survey_imports
SET stopped_in = state, state = 'stopped', is_stopping = 0, touched_ms = :now_ms
WHERE import_key = :import_key AND state IN ('converting', 'checking', 'publishing') AND owner = ''
