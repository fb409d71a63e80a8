-- Somebody wants the work to stop.
UPDATE survey_imports
SET is_stopping = 1, touched_ms = :now_ms
WHERE import_key = :import_key AND state IN ('converting', 'checking', 'publishing')
