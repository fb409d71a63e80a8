-- Open clocks that turned yellow or red in a span of time; the key says which case it is.
SELECT clock_key, deadline_ms, yellow_ms FROM case_clocks
WHERE stopped_ms IS NULL AND ((deadline_ms > :after AND deadline_ms <= :now) OR (yellow_ms > :after AND yellow_ms <= :now))
