-- Gives a person a post.
INSERT INTO person_roles (person_key, role)
VALUES (:person_key, :role)
ON CONFLICT (person_key, role) DO NOTHING
