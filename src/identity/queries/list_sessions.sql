-- A person's living sessions, the newest use first.
SELECT session_key, created_ms, last_seen_ms, remote_address, user_agent
FROM sessions
WHERE person_key = :person_key AND expires_ms > :now_ms AND last_seen_ms > :idle_since_ms
ORDER BY last_seen_ms DESC, session_key DESC
