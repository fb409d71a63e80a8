-- A person's own 常用语, newest first.
SELECT phrase_id, words FROM phrases WHERE person_id = :person_id ORDER BY phrase_key DESC LIMIT 50
