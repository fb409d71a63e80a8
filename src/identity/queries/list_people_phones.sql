-- Sealed phones of all people and who has no password yet, for an import to compare with.
SELECT person_key, phone_sealed, CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password
FROM people
ORDER BY person_key
