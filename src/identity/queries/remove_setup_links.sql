-- Earlier one-time links stop working when a new one is made.
DELETE FROM setup_links
WHERE used_ms IS NULL
