-- How many cases a text question finds in the index, counted no further than :most.
SELECT COUNT(*) AS n FROM (SELECT 1 FROM case_search WHERE case_search MATCH :match LIMIT :most) s
