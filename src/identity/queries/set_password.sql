-- A new password.
UPDATE people
SET password_hash = :password_hash, must_change_password = :must_change_password, changed_ms = :now_ms
WHERE person_key = :person_key
