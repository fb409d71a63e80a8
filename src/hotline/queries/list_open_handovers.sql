-- Handovers that a crash left unfinished.
SELECT handover_key, from_id, to_id FROM handovers WHERE done_ms IS NULL ORDER BY handover_key
