-- A part of a case as it is after a step.
UPDATE case_clocks SET
    stage = :stage, subject_kind = :subject_kind, subject_id = :subject_id,
    organisation = :organisation, role = :role, person_id = :person_id, started_ms = :started_ms,
    stopped_ms = :stopped_ms, deadline_ms = :deadline_ms, yellow_ms = :yellow_ms,
    held_ms = :held_ms, kept_deadline_ms = :kept_deadline_ms, kept_yellow_ms = :kept_yellow_ms
WHERE clock_key = :clock_key
