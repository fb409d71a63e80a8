-- The cases that have been merged into one.
SELECT case_key, case_id, case_no, source, reported_ms FROM cases WHERE merged_into = :case_id ORDER BY case_key
