-- A person has read all of their own.
UPDATE notices SET read_ms = :now WHERE person_id = :person_id AND channel = 'in_app' AND read_ms IS NULL
