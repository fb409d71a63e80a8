-- 申辩, once.
UPDATE findings SET state = 'objected', objected_by = :objected_by, objected_ms = :objected_ms, objection = :objection, objection_media = :objection_media
WHERE finding_key = :finding_key AND state = 'stands'
