-- Suspended cases whose time is over.
SELECT case_id, version FROM cases WHERE suspended_until_ms IS NOT NULL AND suspended_until_ms <= :now
ORDER BY suspended_until_ms, case_key LIMIT 200
