-- Stores a feature of the base map.
INSERT INTO base_features (layer, name, rank, geometry, west, south, east, north)
VALUES (:layer, :name, :rank, :geometry, :west, :south, :east, :north)
