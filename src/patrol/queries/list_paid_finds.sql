-- A collector's finds that are paid by the piece: filed ones, and simple ones that were archived.
SELECT case_key, reported_ms FROM cases
WHERE reporter_id = :person_id AND reported_ms >= :from_ms AND reported_ms < :to_ms AND source = 'collector' AND (filed_ms IS NOT NULL OR state = 'archived') AND state <> 'cancelled'
ORDER BY case_key
