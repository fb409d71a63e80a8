-- Tiles asked of a base map on a day; a negative count gives back.
INSERT INTO base_map_uses (base_id, day, used) VALUES (:base_id, :day, :count)
ON CONFLICT (base_id, day) DO UPDATE SET used = base_map_uses.used + excluded.used
RETURNING used
