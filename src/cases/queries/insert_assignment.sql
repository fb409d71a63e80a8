-- A new part of a case; its key is the case's with the part's number.
INSERT INTO assignments (
    assignment_key, case_key, id, parent_id, level, part, state, organisation, issuer, person_id,
    limit_value, limit_unit, offered_ms, clock_from_ms, used_ms, deadline_ms, finished_ms,
    rework_count, extension_count, is_excluded, responsibility_row, is_automatic, is_binding)
VALUES (
    :assignment_key, :case_key, :id, :parent_id, :level, :part, :state, :organisation, :issuer,
    :person_id, :limit_value, :limit_unit, :offered_ms, :clock_from_ms, :used_ms, :deadline_ms,
    :finished_ms, :rework_count, :extension_count, :is_excluded, :responsibility_row,
    :is_automatic, :is_binding)
