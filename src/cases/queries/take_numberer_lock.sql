-- One numberer at a time, on every node: this row is its lock.
INSERT INTO case_sequences (platform, day, last) VALUES ('', '', 1)
ON CONFLICT (platform, day) DO UPDATE SET last = case_sequences.last + 1
