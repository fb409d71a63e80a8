-- Drops sessions that nobody can use any more.
DELETE FROM sessions
WHERE expires_ms <= :now_ms
