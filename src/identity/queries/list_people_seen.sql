-- Who has been at the platform since then.
SELECT DISTINCT person_key FROM sessions WHERE last_seen_ms >= :since
