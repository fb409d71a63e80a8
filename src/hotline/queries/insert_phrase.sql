-- A person's own 常用语.
INSERT INTO phrases (phrase_id, person_id, words) VALUES (:phrase_id, :person_id, :words) ON CONFLICT (phrase_id) DO NOTHING
