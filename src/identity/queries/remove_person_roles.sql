-- Takes all posts of a person, before the new ones are given.
DELETE FROM person_roles
WHERE person_key = :person_key
