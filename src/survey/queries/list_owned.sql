-- Surveys that somebody works on.
SELECT import_key, owner
FROM survey_imports
WHERE owner <> '' AND state IN ('converting', 'checking', 'publishing')
