-- A new part of a case; its key is the case's with the part's number.
INSERT INTO requests (
    request_key, case_key, id, kind, state, assignment_id, organisation, decider, decider_role,
    asked_ms, until_ms, decided_ms, level, asker_role, asked_by,
    asked_seq, decided_seq, round, return_reason)
VALUES (
    :request_key, :case_key, :id, :kind, :state, :assignment_id, :organisation, :decider,
    :decider_role, :asked_ms, :until_ms, :decided_ms, :level,
    :asker_role, :asked_by, :asked_seq, :decided_seq, :round, :return_reason)
