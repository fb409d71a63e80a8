-- A whole pass found nothing to do: done.
UPDATE case_decisions SET state = 'done', done_ms = :now
WHERE decision_key = :decision_key AND state = 'running' AND found = 0
