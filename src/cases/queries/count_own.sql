-- How many cases a person has reported or had an errand in, counted no further than :most each.
SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM cases r WHERE r.reporter_id = :person_id LIMIT :most) a)
     + (SELECT COUNT(*) FROM (SELECT 1 FROM tasks t WHERE t.person_id = :person_id LIMIT :most) b) AS n
