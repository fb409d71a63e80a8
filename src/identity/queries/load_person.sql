-- A person's sealed data, for a change or a look at the phone.
SELECT name_sealed, phone_sealed, phone_index, organisation_key, is_active
FROM people
WHERE person_key = :person_key
