-- The next number of a platform and day, without gaps.
INSERT INTO case_sequences (platform, day, last) VALUES (:platform, :day, 1)
ON CONFLICT (platform, day) DO UPDATE SET last = case_sequences.last + 1
RETURNING last
