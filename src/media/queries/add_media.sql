-- A new photograph; the same id again is left alone.
INSERT INTO media (media_id, sm3, sha256, content_type, bytes, width, height, taken_ms, lon, lat,
                   owner_person_key, created_ms, is_simulated)
VALUES (:media_id, :sm3, :sha256, :content_type, :bytes, :width, :height, :taken_ms, :lon, :lat,
        :owner_person_key, :created_ms, :is_simulated)
ON CONFLICT (media_id) DO NOTHING
RETURNING media_key
