-- All layers' rows in the order they were written: what a start reads.
SELECT feature_key, layer, id, version_from, version_to, geometry, attributes FROM registry_features WHERE feature_key > :after ORDER BY feature_key LIMIT :rows
