-- Whoever has the work has seen the case up to a step.
INSERT INTO case_openings (case_key, seq, opened_ms) VALUES (:case_key, :seq, :opened_ms)
ON CONFLICT (case_key) DO UPDATE SET seq = excluded.seq, opened_ms = excluded.opened_ms
