-- One survey by its key.
SELECT import_key, import_id, layer, file_name, bytes, received, crs, encoding, source_layer, is_complete, state, stopped_in, is_stopping, owner, lease_ms, done, of_all, problem, found, mapping, report, reason, version, made_by, published_by, made_ms, touched_ms, restores, base_version, address_column
FROM survey_imports
WHERE import_key = :import_key
