-- One request for all cases of a mode.
INSERT INTO emergency_exclusions (exclusion_id, mode_key, reason, asked_by, asked_ms, state, words)
VALUES (:exclusion_id, :mode_key, :reason, :asked_by, :asked_ms, 'asked', '')
