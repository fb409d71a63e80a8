-- What a sign-in is checked against.
SELECT person_key, password_hash, must_change_password, is_active
FROM people
WHERE login = :login
