-- Somebody is to be called back after a closing; each once.
INSERT INTO call_backs (call_back_id, case_key, closing, reason, state, attempts, outcome, words, made_ms)
VALUES (:call_back_id, :case_key, :closing, :reason, 'waiting', 0, '', '', :made_ms) ON CONFLICT (case_key, closing) DO NOTHING
