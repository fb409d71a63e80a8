-- A version that is to be brought back: nothing is to be received, read or checked. Nothing when the id is there already.
INSERT INTO survey_imports (import_id, layer, file_name, bytes, received, crs, encoding, source_layer, is_complete, state, stopped_in, is_stopping, owner, lease_ms, done, of_all, problem, found, mapping, report, reason, version, made_by, published_by, made_ms, touched_ms, restores, base_version)
VALUES (:import_id, :layer, '', 0, 0, '', 'utf-8', '', 1, 'publishing', '', 0, '', 0, 0, 0, '', '', '', '', :reason, 0, :person, :person, :now_ms, :now_ms, :restores, :base_version)
ON CONFLICT (import_id) DO NOTHING
