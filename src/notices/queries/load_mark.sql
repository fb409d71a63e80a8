-- How far one of the jobs is.
SELECT at_ms FROM notice_marks WHERE name = :name
