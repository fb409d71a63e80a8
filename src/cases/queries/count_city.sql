-- How much there is; a case's version is the number of its steps.
SELECT
    COUNT(*) AS cases, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS steps,
    (SELECT COUNT(*) FROM media) AS media, (SELECT COUNT(*) FROM chain_roots) AS roots
FROM cases
