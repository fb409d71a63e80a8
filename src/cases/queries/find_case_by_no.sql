-- The local key of a case by its number.
SELECT case_key, case_id, case_no, version, report_hash FROM cases WHERE case_no = :case_no
