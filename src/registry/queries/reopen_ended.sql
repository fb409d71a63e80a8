-- Rows that it ended are in force as before, some at a time.
UPDATE registry_features SET version_to = NULL WHERE feature_key IN (SELECT f.feature_key FROM registry_features f WHERE f.layer = :layer AND f.version_to = :version LIMIT :rows)
