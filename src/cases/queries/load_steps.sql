-- The history of a case in order.
SELECT
    step_key AS part_key, case_key,
    seq, epoch, platform, step_id, action, from_state, to_state, subject_kind, subject_id,
    actor_id, role, organisation, receiver_organisation, receiver_person, filing_row, at_ms,
    recorded_ms, deadline_ms, rules_version, media, opinion, salt, body_hash, changes, chain
FROM case_steps
WHERE step_key BETWEEN :first AND :last
ORDER BY step_key
