-- Checked anew: the layer has another version now.
UPDATE survey_imports
SET state = 'checking', report = '', touched_ms = :now_ms
WHERE import_key = :import_key AND state = 'waiting'
