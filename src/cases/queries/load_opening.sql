-- The newest step that whoever has the work has seen.
SELECT seq FROM case_openings WHERE case_key = :case_key
