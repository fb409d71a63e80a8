-- The work ended otherwise: why, and where it goes on.
UPDATE survey_imports
SET problem = :problem, state = :state, stopped_in = :stopped_in, owner = '', is_stopping = 0, touched_ms = :now_ms
WHERE import_key = :import_key AND owner = :owner
