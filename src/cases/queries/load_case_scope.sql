-- Who may know of a change to a case (data scope).
SELECT case_id, district_code, reporter_id FROM cases WHERE case_key = :case_key
