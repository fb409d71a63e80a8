-- Cases in arrival order, a page (audit).
SELECT case_key FROM cases WHERE case_key > :after ORDER BY case_key LIMIT :rows
