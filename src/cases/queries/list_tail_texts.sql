-- Cases that the search index has not reached yet.
SELECT case_key, description, address FROM cases WHERE case_key > :after ORDER BY case_key LIMIT 2000
