-- A photograph of a line of the damage census.
INSERT INTO damage_photos (media_id, entry_key) VALUES (:media_id, :entry_key)
ON CONFLICT (media_id, entry_key) DO NOTHING
