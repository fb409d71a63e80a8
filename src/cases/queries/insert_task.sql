-- A new part of a case; its key is the case's with the part's number.
INSERT INTO tasks (
    task_key, case_key, id, kind, state, organisation, person_id, offered_ms, finished_ms)
VALUES (
    :task_key, :case_key, :id, :kind, :state, :organisation, :person_id, :offered_ms, :finished_ms)
