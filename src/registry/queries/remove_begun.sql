-- Rows of a publication that came to nothing, some at a time.
DELETE FROM registry_features WHERE feature_key IN (SELECT f.feature_key FROM registry_features f WHERE f.layer = :layer AND f.version_from = :version LIMIT :rows)
