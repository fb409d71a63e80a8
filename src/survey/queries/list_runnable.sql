-- What waits for a worker: nobody has it, or its worker is gone.
SELECT import_key
FROM survey_imports
WHERE state IN ('converting', 'checking', 'publishing') AND (owner = '' OR lease_ms < :now_ms)
ORDER BY import_key
LIMIT 20
