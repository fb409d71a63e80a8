-- The local key of a case by its id.
SELECT case_key, case_id, case_no, version, report_hash FROM cases WHERE case_id = :case_id
