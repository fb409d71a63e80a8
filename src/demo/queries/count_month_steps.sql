-- The same month counted from the steps alone: how many cases went through an act.
SELECT s.subject_kind, s.action, COUNT(DISTINCT s.case_key) AS n FROM case_steps s
WHERE s.at_ms >= :from_ms AND s.at_ms < :to_ms GROUP BY s.subject_kind, s.action
