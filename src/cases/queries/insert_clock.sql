-- A new part of a case; its key is the case's with the part's number.
INSERT INTO case_clocks (
    clock_key, case_key, stage, subject_kind, subject_id, organisation, role, person_id,
    started_ms, stopped_ms, deadline_ms, yellow_ms, held_ms, kept_deadline_ms, kept_yellow_ms)
VALUES (
    :clock_key, :case_key, :stage, :subject_kind, :subject_id, :organisation, :role, :person_id,
    :started_ms, :stopped_ms, :deadline_ms, :yellow_ms, :held_ms, :kept_deadline_ms, :kept_yellow_ms)
