-- How many cases were reported in each cell since an instant.
SELECT c.cell_code, COUNT(*) AS cases
FROM cases c
WHERE c.reported_ms >= :from_ms
GROUP BY c.cell_code
