-- A feature as it is from a version on.
INSERT INTO registry_features (layer, id, version_from, version_to, geometry, attributes) VALUES (:layer, :id, :version, NULL, :geometry, :attributes)
