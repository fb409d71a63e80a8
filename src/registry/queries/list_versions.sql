-- A layer's versions, newest first.
SELECT version, kind, reason, source, made_by, made_ms, added, changed, removed, size FROM registry_versions WHERE layer = :layer AND version < :before ORDER BY version DESC LIMIT :rows
