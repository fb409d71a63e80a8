-- Whether there is anything sealed with the keys.
SELECT COUNT(*) AS people
FROM people
