-- The counted attempt turned out to be right.
UPDATE sign_in_attempts
SET failures = failures - 1, locked_until_ms = 0
WHERE subject = :subject AND failures > 0
