-- A link by which a person chooses a password; only the digest of its secret is kept.
INSERT INTO password_links (secret_sha256, person_key, created_ms, expires_ms)
VALUES (:secret_sha256, :person_key, :now_ms, :expires_ms)
