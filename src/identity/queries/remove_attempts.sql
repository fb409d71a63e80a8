-- Forgets the failures of one subject.
DELETE FROM sign_in_attempts
WHERE subject = :subject
