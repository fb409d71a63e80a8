-- Whether somebody wants the work to stop.
SELECT is_stopping
FROM survey_imports
WHERE import_key = :import_key AND owner = :owner
