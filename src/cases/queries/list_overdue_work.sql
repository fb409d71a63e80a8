-- Open stage clocks that ran out since the last sweep.
SELECT case_key, stage FROM case_clocks
WHERE stopped_ms IS NULL AND deadline_ms > :after AND deadline_ms <= :now
ORDER BY deadline_ms
LIMIT 500
