-- The figures of the demo's first page.
SELECT COUNT(*) AS cases, COALESCE(SUM(is_open), 0) AS open_cases,
       COALESCE(SUM(CASE WHEN reported_ms >= :since_ms THEN 1 ELSE 0 END), 0) AS reported_today
FROM cases
