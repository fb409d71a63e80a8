-- A one-time link; only the digest of its secret is kept.
INSERT INTO setup_links (secret_sha256, created_ms, expires_ms)
VALUES (:secret_sha256, :now_ms, :expires_ms)
