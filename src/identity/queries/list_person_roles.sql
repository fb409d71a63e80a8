-- The posts of every person, for the directory.
SELECT person_key, role
FROM person_roles
ORDER BY person_key, role
