-- The cases in which a photo is used.
SELECT case_key FROM case_media WHERE media_id = :media_id
