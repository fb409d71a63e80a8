-- Whether the database answers and takes writes: a standby does not.
SELECT CASE WHEN pg_is_in_recovery() THEN 'the database is a standby and takes no writes' ELSE '' END AS obstacle
