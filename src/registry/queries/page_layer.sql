-- A layer as it was at a version, by id.
SELECT id, geometry, attributes FROM registry_features WHERE layer = :layer AND id > :after AND version_from <= :version AND (version_to IS NULL OR version_to > :version) ORDER BY id LIMIT :rows
