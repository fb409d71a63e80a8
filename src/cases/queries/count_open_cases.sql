-- How many cases are not ended, by state.
SELECT state, COUNT(*) AS cases FROM cases WHERE is_open = 1 GROUP BY state ORDER BY state
