-- The photos of a case in order.
SELECT seq, position, media_id, sm3, moment
FROM case_media
WHERE case_key = :case_key
ORDER BY seq, position
