-- What versions after one have begun and the newer has not ended, by id.
SELECT id, geometry, attributes FROM registry_features WHERE layer = :layer AND version_from > :old AND version_from <= :version AND (version_to IS NULL OR version_to > :version) AND id > :after ORDER BY id LIMIT :rows
