-- A handover by its id.
SELECT handover_key, from_id, to_id, done_ms FROM handovers WHERE handover_id = :handover_id
