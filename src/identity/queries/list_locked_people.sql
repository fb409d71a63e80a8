-- Who cannot sign in at the moment, from some address or from all.
SELECT DISTINCT person_key
FROM sign_in_attempts
WHERE person_key IS NOT NULL AND locked_until_ms > :now_ms
