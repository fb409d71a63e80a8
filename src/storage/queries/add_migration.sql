-- Records an applied migration.
INSERT INTO schema_migrations (number, name, sha256, applied_ms) VALUES (:number, :name, :sha256, :applied_ms)
