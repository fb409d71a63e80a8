-- Counts an attempt before the password is looked at, so that parallel guesses count too.
INSERT INTO sign_in_attempts (subject, person_key, failures, window_began_ms, locked_until_ms)
VALUES (:subject, :person_key, 1, :now_ms, 0)
ON CONFLICT (subject) DO UPDATE
SET failures = CASE
        WHEN sign_in_attempts.window_began_ms <= :window_since_ms THEN 1
        WHEN sign_in_attempts.locked_until_ms > 0 AND sign_in_attempts.locked_until_ms <= :now_ms THEN 1
        ELSE sign_in_attempts.failures + 1 END,
    window_began_ms = CASE
        WHEN sign_in_attempts.window_began_ms <= :window_since_ms THEN :now_ms
        WHEN sign_in_attempts.locked_until_ms > 0 AND sign_in_attempts.locked_until_ms <= :now_ms THEN :now_ms
        ELSE sign_in_attempts.window_began_ms END,
    locked_until_ms = CASE
        WHEN sign_in_attempts.window_began_ms <= :window_since_ms THEN 0
        WHEN sign_in_attempts.locked_until_ms > 0 AND sign_in_attempts.locked_until_ms <= :now_ms THEN 0
        WHEN sign_in_attempts.failures + 1 >= :failures_max THEN CAST(:lock_until_ms AS BIGINT)
        ELSE 0 END
RETURNING failures
