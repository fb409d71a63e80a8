-- Whose link it is, while it works.
SELECT l.person_key, p.login
FROM password_links l
JOIN people p ON p.person_key = l.person_key
WHERE l.secret_sha256 = :secret_sha256 AND l.used_ms IS NULL AND l.expires_ms > :now_ms AND p.is_active = 1
