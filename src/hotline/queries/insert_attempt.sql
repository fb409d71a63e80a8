-- A call was made.
INSERT INTO call_back_attempts (attempt_id, call_back_key, outcome, words, answers, person_id, at_ms)
VALUES (:attempt_id, :call_back_key, :outcome, :words, :answers, :person_id, :at_ms) ON CONFLICT (attempt_id) DO NOTHING
