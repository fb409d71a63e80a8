-- A part of a case as it is after a step.
UPDATE assignments SET
    id = :id, parent_id = :parent_id, level = :level, part = :part, state = :state,
    organisation = :organisation, issuer = :issuer, person_id = :person_id,
    limit_value = :limit_value, limit_unit = :limit_unit, offered_ms = :offered_ms,
    clock_from_ms = :clock_from_ms, used_ms = :used_ms, deadline_ms = :deadline_ms,
    finished_ms = :finished_ms, rework_count = :rework_count, extension_count = :extension_count,
    is_excluded = :is_excluded, responsibility_row = :responsibility_row, is_automatic = :is_automatic, is_binding = :is_binding
WHERE assignment_key = :assignment_key
