-- What the dry run found.
UPDATE survey_imports
SET report = :report, problem = :problem, state = 'waiting', owner = '', is_stopping = 0, touched_ms = :now_ms
WHERE import_key = :import_key AND owner = :owner
