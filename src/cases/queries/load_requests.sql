-- The requests of a case in their order.
SELECT
    request_key AS part_key, case_key,
    id, kind, state, assignment_id, organisation, decider, decider_role, asked_ms, until_ms,
    decided_ms, level, asker_role, asked_by, asked_seq, decided_seq, round, return_reason
FROM requests
WHERE request_key BETWEEN :first AND :last
ORDER BY request_key
