-- What a photograph shows, and whether it is still seen there.
SELECT layer, removed_ms FROM registry_photos WHERE media_id = :media_id
