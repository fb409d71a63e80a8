-- An entry far behind all others: places told before a restore are behind it.
INSERT INTO feed_entries (entry_key, kind, subject_key, version, recorded_ms)
SELECT MAX(entry_key) + :jump, 'restored', 0, 0, :recorded_ms FROM feed_entries
HAVING MAX(entry_key) IS NOT NULL
