-- Another pass over all cases.
UPDATE case_decisions SET cursor_key = 0, found = 0 WHERE decision_key = :decision_key AND state = 'running'
