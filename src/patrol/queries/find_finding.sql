-- A finding by its id.
SELECT finding_key, body_hash, state, collector_id, lot_key, inspector_id, objection_until_ms, objected_ms FROM findings WHERE finding_id = :finding_id
