-- A photo of a step.
INSERT INTO case_media (case_key, seq, position, media_id, sm3, moment)
VALUES (:case_key, :seq, :position, :media_id, :sm3, :moment)
