-- Every person with sealed name, for the directory.
SELECT person_key, person_id, login, name_sealed, organisation_key, is_active
FROM people
ORDER BY person_key
