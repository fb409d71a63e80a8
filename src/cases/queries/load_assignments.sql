-- The assignments of a case in their order.
SELECT
    assignment_key AS part_key, case_key,
    id, parent_id, level, part, state, organisation, issuer, person_id, limit_value, limit_unit,
    offered_ms, clock_from_ms, used_ms, deadline_ms, finished_ms, rework_count, extension_count,
    is_excluded, responsibility_row, is_automatic, is_binding
FROM assignments
WHERE assignment_key BETWEEN :first AND :last
ORDER BY assignment_key
