-- A person has read one of their own.
UPDATE notices SET read_ms = :now WHERE notice_id = :notice_id AND person_id = :person_id AND channel = 'in_app' AND read_ms IS NULL
