-- Keeps a new public key; on two nodes the first wins.
INSERT INTO root_keys (number, key_id, algorithm, public_key, made_ms, previous_id, signature, endorsement)
VALUES (:number, :key_id, :algorithm, :public_key, :made_ms, :previous_id, :signature, :endorsement)
ON CONFLICT (number) DO NOTHING
