-- The leading unit's part of every dispatched case by its outcome at the month's end, and whether it was dispatched in the month.
SELECT x.is_of_month, x.outcome, COUNT(*) AS n
FROM (SELECT CASE WHEN d.first_ms >= :from_ms THEN 1 ELSE 0 END AS is_of_month,
             CASE WHEN u.finished_ms IS NOT NULL AND u.finished_ms <= u.deadline_ms THEN 'on_time' WHEN u.finished_ms IS NOT NULL THEN 'late' WHEN u.deadline_ms < :to_ms THEN 'overdue' ELSE 'running' END AS outcome
      FROM assignments u JOIN (SELECT case_key, MIN(offered_ms) AS first_ms FROM assignments GROUP BY case_key) d ON d.case_key = u.case_key
      WHERE u.level = 'unit' AND u.part = 'lead' AND u.state NOT IN ('sent_back', 'replaced', 'recalled')) x
GROUP BY x.is_of_month, x.outcome
