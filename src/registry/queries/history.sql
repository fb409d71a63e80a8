-- All a feature has been, newest first.
SELECT version_from, version_to, geometry, attributes FROM registry_features WHERE layer = :layer AND id = :id AND version_from <= :version ORDER BY version_from DESC LIMIT :rows
