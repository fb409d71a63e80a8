-- A session; only the digest of its token is kept.
INSERT INTO sessions (token_sha256, person_key, created_ms, last_seen_ms, expires_ms, remote_address, user_agent)
VALUES (:token_sha256, :person_key, :now_ms, :now_ms, :expires_ms, :remote_address, :user_agent)
RETURNING session_key
