-- A person says how the file is to be read: converted or checked anew.
UPDATE survey_imports
SET crs = :crs, encoding = :encoding, source_layer = :source_layer, is_complete = :is_complete, mapping = :mapping, address_column = :address_column, state = :state, problem = '', report = '', is_stopping = 0, touched_ms = :now_ms
WHERE import_key = :import_key AND state IN ('waiting', 'failed', 'stopped')
