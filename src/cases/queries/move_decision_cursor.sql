-- How far the job has come in this pass, and how many it has tried in it.
UPDATE case_decisions SET cursor_key = :cursor_key, found = found + :found WHERE decision_key = :decision_key
