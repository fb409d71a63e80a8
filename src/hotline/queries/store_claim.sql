-- Somebody takes a case, or stays at it.
INSERT INTO case_claims (case_key, stage, person_id, claimed_ms, until_ms) VALUES (:case_key, :stage, :person_id, :claimed_ms, :until_ms)
ON CONFLICT (case_key) DO UPDATE SET stage = excluded.stage, person_id = excluded.person_id, claimed_ms = excluded.claimed_ms, until_ms = excluded.until_ms
