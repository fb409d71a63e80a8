-- All layers' rows in the order they were written: what a start reads.
SELECT layer, id, version_from, version_to, geometry, attributes FROM registry_features WHERE feature_key > :after AND feature_key <= :upto ORDER BY feature_key
