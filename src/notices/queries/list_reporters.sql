-- Who reported a case and those that it stands for, and whether they left a telephone number.
SELECT c.case_key, c.case_id, c.case_no, c.reporter_id, CASE WHEN t.sealed_phone IS NULL THEN 0 ELSE 1 END AS has_phone
FROM cases c LEFT JOIN case_contacts t ON t.case_key = c.case_key
WHERE c.case_key = :case_key OR c.merged_into = :case_id
ORDER BY c.case_key
