-- Whether the database answers; it has no other side that could take the pen.
SELECT CAST('' AS TEXT) AS obstacle
