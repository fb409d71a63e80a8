-- The newest case's local key; 0 before the first.
SELECT COALESCE(MAX(case_key), 0) AS case_key FROM cases
