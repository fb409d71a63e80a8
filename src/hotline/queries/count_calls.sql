-- Calls by outcome and source in a span of time.
SELECT outcome, source, COUNT(*) AS n FROM hotline_calls WHERE called_ms >= :from_ms AND called_ms < :to_ms GROUP BY outcome, source
