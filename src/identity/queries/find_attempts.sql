-- Whether an account, an address or both together are locked.
SELECT locked_until_ms
FROM sign_in_attempts
WHERE subject = :subject
