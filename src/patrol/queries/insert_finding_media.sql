-- A photo of a finding or an objection.
INSERT INTO finding_media (media_id, finding_key) VALUES (:media_id, :finding_key) ON CONFLICT DO NOTHING
