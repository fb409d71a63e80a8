-- A case that a decision could not be done to, and why.
INSERT INTO case_decision_cases (decision_key, case_key, at_ms, outcome)
VALUES (:decision_key, :case_key, :at_ms, :outcome)
ON CONFLICT (decision_key, case_key) DO NOTHING
