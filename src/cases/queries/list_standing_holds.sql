-- 三防 modes whose clocks stand still, and those that ended lately, each with its end.
SELECT d.number, d.content, d.from_ms, e.from_ms AS until_ms
FROM case_decisions d
LEFT JOIN case_decisions e ON e.of_key = d.decision_key AND e.kind = 'release' AND e.state <> 'cancelled'
WHERE d.kind = 'hold' AND d.state <> 'cancelled' AND (e.decision_key IS NULL OR e.state IN ('waiting', 'running') OR e.done_ms > :since)
ORDER BY d.from_ms, d.decision_key
