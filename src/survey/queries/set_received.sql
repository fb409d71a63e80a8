-- So many bytes are on the disk.
UPDATE survey_imports
SET received = :received, state = :state, touched_ms = :now_ms
WHERE import_key = :import_key AND state = 'uploading' AND received <= :received
