-- How far the job has come.
SELECT cursor_key FROM case_decisions WHERE decision_key = :decision_key
