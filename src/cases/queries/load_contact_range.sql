-- Who reported the cases of a range, sealed (audit).
SELECT case_key, sealed_name, sealed_phone
FROM case_contacts
WHERE case_key BETWEEN :first AND :last
ORDER BY case_key
