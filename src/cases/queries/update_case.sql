-- What most steps change; the version was moved on before. No column of an index is among them: an update
-- that names one writes the index anew, whether the value differs or not.
UPDATE cases SET
    epoch = :epoch, state = :state, resume_to = :resume_to,
    edition = :edition, kind = :kind, class_code = :class_code, filing_row = :filing_row,
    accepted_ms = :accepted_ms, filed_ms = :filed_ms, handled_ms = :handled_ms, closed_ms = :closed_ms,
    rules_version = :rules_version, rework_count = :rework_count,
    redispatch_count = :redispatch_count, send_back_count = :send_back_count,
    remind_count = :remind_count, supervise_count = :supervise_count, is_deferred = :is_deferred, is_appealed = :is_appealed,
    acted_for = :acted_for,
    stage = :stage, stage_yellow_ms = :stage_yellow_ms, handling_deadline_ms = :handling_deadline_ms,
    handling_yellow_ms = :handling_yellow_ms, unit = :unit, chain = :chain
WHERE case_key = :case_key
