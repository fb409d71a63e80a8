-- The findings to which a photo belongs.
SELECT f.collector_id, f.lot_key FROM finding_media m JOIN findings f ON f.finding_key = m.finding_key WHERE m.media_id = :media_id
