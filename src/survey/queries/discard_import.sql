-- A person does not want it; nothing that runs is discarded.
UPDATE survey_imports
SET state = 'discarded', touched_ms = :now_ms
WHERE import_key = :import_key AND state IN ('uploading', 'waiting', 'failed', 'stopped')
