-- The requests to exclude a mode's cases, oldest first.
SELECT exclusion_id, reason, asked_by, asked_ms, state, decided_by, decided_ms, words
FROM emergency_exclusions
WHERE mode_key = :mode_key
ORDER BY exclusion_key
