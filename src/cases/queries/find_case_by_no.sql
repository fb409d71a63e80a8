-- The local key of a case by its number.
SELECT case_key, version, report_hash FROM cases WHERE case_no = :case_no
