-- How much of whose work was looked at in a month, and how it was found.
SELECT collector_id, lot_key, kind, state, COUNT(*) AS n, SUM(points) AS points, SUM(cents) AS cents FROM findings
WHERE found_ms >= :from_ms AND found_ms < :to_ms GROUP BY collector_id, lot_key, kind, state
