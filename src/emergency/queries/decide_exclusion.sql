-- It is decided once.
UPDATE emergency_exclusions
SET state = :state, decided_by = :decided_by, decided_ms = :decided_ms, words = :words, decision_key = :decision_key
WHERE exclusion_id = :exclusion_id AND state = 'asked'
