-- Drops counters whose window and lock are long over.
DELETE FROM sign_in_attempts
WHERE window_began_ms < :before_ms AND locked_until_ms < :before_ms
