-- 授权: one person lets another act for them.
INSERT INTO delegations (delegation_id, from_person, to_person, from_ms, to_ms, reason, made_ms)
VALUES (:delegation_id, :from_person, :to_person, :from_ms, :to_ms, :reason, :made_ms)
