-- Ids whose rows have ended between two versions.
SELECT DISTINCT id FROM registry_features WHERE layer = :layer AND version_to > :old AND version_to <= :version AND version_from <= :old ORDER BY id
