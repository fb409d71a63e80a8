-- The clocks of a case in their order.
SELECT
    clock_key AS part_key, case_key,
    stage, subject_kind, subject_id, organisation, role, person_id, started_ms, stopped_ms,
    deadline_ms, yellow_ms, held_ms, kept_deadline_ms, kept_yellow_ms
FROM case_clocks
WHERE clock_key BETWEEN :first AND :last
ORDER BY clock_key
