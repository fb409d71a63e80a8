-- The whole base map, in the order it was drawn.
SELECT layer, name, rank, geometry FROM base_features ORDER BY feature_key
