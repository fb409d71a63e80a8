-- A call by its id.
SELECT call_key, body_hash, sealed_phone, sealed_name FROM hotline_calls WHERE call_id = :call_id
