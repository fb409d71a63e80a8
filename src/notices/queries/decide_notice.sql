-- A person has decided about one that failed or whose outcome is unknown.
UPDATE notices SET state = :state, attempts = 0, due_ms = :now, sent_ms = :sent_ms, owner = NULL, lease_ms = NULL, decided_by = :person_id
WHERE notice_key = :notice_key AND state = :from_state
