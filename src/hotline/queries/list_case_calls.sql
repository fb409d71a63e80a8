-- The calls behind a case, for outside numbers and their due times.
SELECT call_id, called_ms, source, outside_no, outside_due_ms, outside_call_id, recording FROM hotline_calls WHERE case_key = :case_key ORDER BY call_key
