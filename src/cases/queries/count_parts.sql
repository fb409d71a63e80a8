-- How many parts in cases a unit has or had, counted no further than :most.
SELECT COUNT(*) AS n FROM (SELECT 1 FROM assignments a WHERE a.organisation = :organisation LIMIT :most) s
