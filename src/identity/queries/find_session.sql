-- The session of a token and whose it is.
SELECT s.session_key, s.person_key, s.last_seen_ms, s.expires_ms, p.is_active, p.must_change_password
FROM sessions s
JOIN people p ON p.person_key = s.person_key
WHERE s.token_sha256 = :token_sha256
