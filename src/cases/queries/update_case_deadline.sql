-- Its place among the open cases by urgency.
UPDATE cases SET stage_deadline_ms = :stage_deadline_ms WHERE case_key = :case_key
