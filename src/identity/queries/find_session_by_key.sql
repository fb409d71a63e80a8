-- A session that is already known, with whose it is now.
SELECT s.person_key, s.last_seen_ms, s.expires_ms, p.is_active, p.must_change_password
FROM sessions s
JOIN people p ON p.person_key = s.person_key
WHERE s.session_key = :session_key
