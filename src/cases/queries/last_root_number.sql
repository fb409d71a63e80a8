-- The number of the newest signed root; 0 before the first.
SELECT COALESCE(MAX(number), 0) AS number FROM chain_roots
