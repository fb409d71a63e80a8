-- How many cases a text question finds in the index, counted no further than :most.
SELECT COUNT(*) AS n FROM (SELECT 1 FROM case_search s WHERE s.tokens @@ to_tsquery('simple', :match) LIMIT :most) m
