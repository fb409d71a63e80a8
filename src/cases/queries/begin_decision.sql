-- A decision whose time has come; one node begins it.
UPDATE case_decisions SET state = 'running' WHERE decision_key = :decision_key AND state = 'waiting'
