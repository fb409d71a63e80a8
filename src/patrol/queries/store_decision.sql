-- What was decided about an objection, once.
UPDATE findings SET state = :state, decided_by = :decided_by, decided_ms = :decided_ms, decision = :decision WHERE finding_key = :finding_key AND state = 'objected'
