-- A person publishes what was checked.
UPDATE survey_imports
SET state = 'publishing', reason = :reason, published_by = :published_by, problem = '', is_stopping = 0, touched_ms = :now_ms
WHERE import_key = :import_key AND state = 'waiting'
