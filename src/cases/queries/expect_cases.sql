-- How many cases were found when it began.
UPDATE case_decisions SET expected = :expected WHERE decision_key = :decision_key
