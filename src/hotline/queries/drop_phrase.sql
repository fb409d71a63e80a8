-- Only one's own.
DELETE FROM phrases WHERE phrase_id = :phrase_id AND person_id = :person_id
