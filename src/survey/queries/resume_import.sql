-- What was stopped or failed goes on where it was.
UPDATE survey_imports
SET state = :state, problem = '', stopped_in = '', is_stopping = 0, owner = '', touched_ms = :now_ms
WHERE import_key = :import_key AND state IN ('stopped', 'failed')
