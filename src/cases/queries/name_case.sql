-- What people call a case, by its local key.
SELECT case_id, case_no FROM cases WHERE case_key = :case_key
