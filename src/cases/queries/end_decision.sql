-- A decision ends before it has done anything.
UPDATE case_decisions SET state = :state, note = :note, done_ms = :now
WHERE decision_key = :decision_key AND state = :from_state
