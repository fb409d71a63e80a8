-- The tasks of a case in their order.
SELECT
    task_key AS part_key, case_key,
    id, kind, state, organisation, person_id, offered_ms, finished_ms
FROM tasks
WHERE task_key BETWEEN :first AND :last
ORDER BY task_key
