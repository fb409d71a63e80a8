-- When a collector was at work: finds, simple cases handled, errands finished.
SELECT c.reported_ms AS at_ms FROM cases c WHERE c.reporter_id = :person_id AND c.reported_ms >= :from_ms AND c.reported_ms < :to_ms
UNION ALL
SELECT s.handled_ms AS at_ms FROM cases s WHERE s.reporter_id = :person_id AND s.is_simple = 1 AND s.handled_ms >= :from_ms AND s.handled_ms < :to_ms
UNION ALL
SELECT t.finished_ms AS at_ms FROM tasks t WHERE t.person_id = :person_id AND t.state <> 'withdrawn' AND t.finished_ms >= :from_ms AND t.finished_ms < :to_ms
