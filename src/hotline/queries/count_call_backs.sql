-- Call-backs by state and outcome, of closings in a span of time.
SELECT state, outcome, COUNT(*) AS n FROM call_backs WHERE made_ms >= :from_ms AND made_ms < :to_ms GROUP BY state, outcome
