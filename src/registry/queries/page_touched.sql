-- Ids with a row that began or ended between two versions.
SELECT id FROM registry_features WHERE layer = :layer AND id > :after AND version_from > :old AND version_from <= :version UNION SELECT id FROM registry_features WHERE layer = :layer AND id > :after AND version_to > :old AND version_to <= :version ORDER BY id LIMIT :rows
