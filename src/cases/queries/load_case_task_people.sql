-- The people who have an errand in a case.
SELECT DISTINCT person_id FROM tasks WHERE task_key BETWEEN :first AND :last AND person_id IS NOT NULL
