-- A month's reports by what had become of them; the database is as of the month's end.
SELECT x.is_simple, x.state, x.kind, x.class_code, x.is_dispatched, x.has_unit, COUNT(*) AS n, SUM(x.is_reworked) AS reworked, SUM(x.is_redispatched) AS redispatched
FROM (SELECT c.is_simple, c.state, c.kind, c.class_code, CASE WHEN d.first_ms IS NULL THEN 0 ELSE 1 END AS is_dispatched, CASE WHEN u.case_key IS NULL THEN 0 ELSE 1 END AS has_unit,
             CASE WHEN c.rework_count > 0 THEN 1 ELSE 0 END AS is_reworked, CASE WHEN c.redispatch_count > 0 THEN 1 ELSE 0 END AS is_redispatched
      FROM cases c
      LEFT JOIN (SELECT case_key, MIN(offered_ms) AS first_ms FROM assignments GROUP BY case_key) d ON d.case_key = c.case_key
      LEFT JOIN (SELECT DISTINCT case_key FROM assignments WHERE level = 'unit' AND part = 'lead' AND state NOT IN ('sent_back', 'replaced', 'recalled')) u ON u.case_key = c.case_key
      WHERE c.reported_ms >= :from_ms AND c.reported_ms < :to_ms) x
GROUP BY x.is_simple, x.state, x.kind, x.class_code, x.is_dispatched, x.has_unit
