-- What full-text search knows of a case.
SELECT case_key, description, address, edition, kind, class_code, community_code, district_code
FROM cases
WHERE case_key = :case_key
