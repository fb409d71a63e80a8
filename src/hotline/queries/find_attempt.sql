-- Whether an attempt was recorded before.
SELECT call_back_key FROM call_back_attempts WHERE attempt_id = :attempt_id
