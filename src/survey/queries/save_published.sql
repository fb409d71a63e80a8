-- The survey is a version of its layer.
UPDATE survey_imports
SET version = :version, state = 'published', problem = '', owner = '', is_stopping = 0, touched_ms = :now_ms
WHERE import_key = :import_key AND owner = :owner
