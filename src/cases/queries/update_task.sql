-- A part of a case as it is after a step.
UPDATE tasks SET
    id = :id, kind = :kind, state = :state, organisation = :organisation, person_id = :person_id,
    offered_ms = :offered_ms, finished_ms = :finished_ms
WHERE task_key = :task_key
