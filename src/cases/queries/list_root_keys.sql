-- The public keys that sign roots, oldest first.
SELECT number, key_id, algorithm, public_key, made_ms, previous_id, signature, endorsement
FROM root_keys
ORDER BY number
