-- The local key of a case by its id.
SELECT case_key, version, report_hash FROM cases WHERE case_id = :case_id
