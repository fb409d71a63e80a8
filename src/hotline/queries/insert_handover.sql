-- A shift gives its work on.
INSERT INTO handovers (handover_id, from_id, to_id, begun_ms, words) VALUES (:handover_id, :from_id, :to_id, :begun_ms, :words)
ON CONFLICT (handover_id) DO NOTHING RETURNING handover_key
