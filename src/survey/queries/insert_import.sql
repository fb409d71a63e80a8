-- A survey whose bytes are still to come; nothing when the id is there already.
INSERT INTO survey_imports (import_id, layer, file_name, bytes, received, crs, encoding, source_layer, is_complete, state, stopped_in, is_stopping, owner, lease_ms, done, of_all, problem, found, mapping, report, reason, version, made_by, made_ms, touched_ms, address_column)
VALUES (:import_id, :layer, :file_name, :bytes, 0, :crs, :encoding, :source_layer, :is_complete, 'uploading', '', 0, '', 0, 0, 0, '', '', :mapping, '', '', 0, :made_by, :now_ms, :now_ms, :address_column)
ON CONFLICT (import_id) DO NOTHING
