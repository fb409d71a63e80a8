-- Empties the table before a whole city is stored.
DELETE FROM base_features
