-- How many requests of a kind were approved since an instant.
SELECT COUNT(*) AS approved FROM requests WHERE kind = :kind AND state = 'approved' AND decided_ms >= :since
