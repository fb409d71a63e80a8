-- How many decisions of a kind have been numbered with a prefix.
SELECT COUNT(*) AS decisions FROM case_decisions
WHERE kind = :kind AND SUBSTR(number, 1, LENGTH(CAST(:prefix AS TEXT))) = :prefix
