-- What decisions over many cases do to a case: whose clocks stand still, out of the evaluation.
UPDATE cases SET hold_decision = :hold_decision, hold_stages = :hold_stages, excluded_by = :excluded_by
WHERE case_key = :case_key
