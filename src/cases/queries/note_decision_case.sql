-- A case that a decision has reached; the first time counts.
INSERT INTO case_decision_cases (decision_key, case_key, at_ms, outcome)
SELECT decision_key, :case_key, :at_ms, 'done' FROM case_decisions WHERE number = :number
ON CONFLICT (decision_key, case_key) DO NOTHING
