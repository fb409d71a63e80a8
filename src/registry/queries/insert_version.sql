-- A version that is in force with this row.
INSERT INTO registry_versions (layer, version, kind, reason, source, made_by, made_ms, added, changed, removed, size) VALUES (:layer, :version, :kind, :reason, :source, :made_by, :made_ms, :added, :changed, :removed, :size) RETURNING version_key
