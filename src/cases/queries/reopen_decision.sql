-- There is something to do again.
UPDATE case_decisions SET state = 'running', cursor_key = 0, found = 0 WHERE decision_key = :decision_key AND state = 'done'
