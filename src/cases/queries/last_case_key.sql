-- The newest case.
SELECT MAX(case_key) AS case_key FROM cases
