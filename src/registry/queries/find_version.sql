-- One version.
SELECT version, kind, reason, source, made_by, made_ms, added, changed, removed, size FROM registry_versions WHERE layer = :layer AND version = :version
