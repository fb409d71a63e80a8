-- Earlier and later cases of the same problem in the same place.
SELECT earlier_key AS other_key, metres, days FROM case_links WHERE case_key = :case_key
UNION ALL SELECT case_key AS other_key, metres, days FROM case_links WHERE earlier_key = :case_key
ORDER BY other_key DESC LIMIT 50
