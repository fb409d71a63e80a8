-- A decision over many cases, not yet begun.
INSERT INTO case_decisions (decision_id, number, kind, of_key, name, words, content, made_by, made_ms, from_ms, state, note, cursor_key, found, expected)
VALUES (:decision_id, :number, :kind, :of_key, :name, :words, :content, :made_by, :made_ms, :from_ms, 'waiting', '', 0, 0, 0)
RETURNING decision_key
