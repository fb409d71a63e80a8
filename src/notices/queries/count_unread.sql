-- How many notices a person has not read, up to 100.
SELECT COUNT(*) AS n FROM (SELECT notice_key FROM notices WHERE person_id = :person_id AND channel = 'in_app' AND read_ms IS NULL LIMIT 100) u
