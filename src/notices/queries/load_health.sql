-- The outbox by channel and state, of those that have not gone out; the oldest whose time has come.
SELECT channel, state, COUNT(*) AS n, MIN(CASE WHEN due_ms <= :now THEN due_ms END) AS oldest_due_ms FROM notices
WHERE state <> 'sent' AND state <> 'dropped'
GROUP BY channel, state
