-- What the file is and which column is which field.
UPDATE survey_imports
SET found = :found, mapping = :mapping, state = :state, owner = :next_owner, touched_ms = :now_ms
WHERE import_key = :import_key AND owner = :owner
