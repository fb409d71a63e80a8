-- How far the work has come; nothing changes when it was taken from us.
UPDATE survey_imports
SET done = :done, of_all = :of_all, lease_ms = :lease_ms, touched_ms = :now_ms
WHERE import_key = :import_key AND owner = :owner
