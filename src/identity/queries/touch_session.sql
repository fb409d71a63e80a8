-- A session was used; not written at every request.
UPDATE sessions
SET last_seen_ms = :now_ms
WHERE session_key = :session_key
