-- Forgets a person's failures: the password was reset.
DELETE FROM sign_in_attempts
WHERE person_key = :person_key
