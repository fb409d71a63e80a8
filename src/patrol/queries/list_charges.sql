-- What was found in a lot in a month, and still counts.
SELECT finding_key, kind, state, collector_id, points, cents, objection_until_ms FROM findings
WHERE lot_key = :lot_key AND found_ms >= :from_ms AND found_ms < :to_ms AND state IN ('stands', 'objected', 'upheld') ORDER BY finding_key
