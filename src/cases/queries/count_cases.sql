-- All cases.
SELECT COUNT(*) AS n FROM cases
