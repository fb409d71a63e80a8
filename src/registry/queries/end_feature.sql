-- The row in force of a feature ends with a version.
UPDATE registry_features SET version_to = :version WHERE layer = :layer AND id = :id AND version_to IS NULL
