-- A survey whose worker has died is anybody's again.
UPDATE survey_imports
SET owner = '', lease_ms = 0
WHERE import_key = :import_key AND owner = :owner
