-- When a case was accepted.
SELECT accepted_ms FROM cases WHERE case_key = :case_key
