-- A part of a case as it is after a step.
UPDATE requests SET
    id = :id, kind = :kind, state = :state, assignment_id = :assignment_id,
    organisation = :organisation, decider = :decider, decider_role = :decider_role,
    asked_ms = :asked_ms, until_ms = :until_ms, decided_ms = :decided_ms,
    level = :level, asker_role = :asker_role, asked_by = :asked_by,
    asked_seq = :asked_seq, decided_seq = :decided_seq, round = :round, return_reason = :return_reason
WHERE request_key = :request_key
