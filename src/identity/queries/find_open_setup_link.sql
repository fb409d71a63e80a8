-- Until when a one-time link that was made still works.
SELECT expires_ms FROM setup_links WHERE used_ms IS NULL AND expires_ms > :now_ms ORDER BY expires_ms DESC LIMIT 1
