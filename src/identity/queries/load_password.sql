-- The present password's hash, for a change by its owner.
SELECT password_hash
FROM people
WHERE person_key = :person_key
