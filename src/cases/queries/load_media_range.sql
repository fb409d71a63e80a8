-- The photos of a range of cases in order (audit).
SELECT case_key, seq, position, media_id, sm3, moment
FROM case_media
WHERE case_key BETWEEN :first AND :last
ORDER BY case_key, seq, position
