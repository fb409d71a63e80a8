-- Accepted cases that have no number yet, oldest first.
SELECT case_key, version, platform, accepted_day
FROM cases
WHERE case_no IS NULL AND accepted_day <> ''
ORDER BY case_key
LIMIT 500
