-- Whether a one-time link still works.
SELECT created_ms
FROM setup_links
WHERE secret_sha256 = :secret_sha256 AND used_ms IS NULL AND expires_ms > :now_ms
