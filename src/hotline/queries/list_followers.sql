-- The cases that a case stands for.
SELECT f.case_key FROM cases c JOIN cases f ON f.merged_into = c.case_id WHERE c.case_key = :case_key
