-- Announces a change with the transaction that makes it; the place is known after commit.
INSERT INTO feed_entries (kind, subject_key, version, recorded_ms)
VALUES (:kind, :subject_key, :version, :recorded_ms)
RETURNING entry_key
