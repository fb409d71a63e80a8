-- The newest row of any layer; 0 when there is none.
SELECT COALESCE(MAX(feature_key), 0) AS feature_key FROM registry_features
