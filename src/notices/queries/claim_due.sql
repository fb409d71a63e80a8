-- The next ones whose time has come become this process's for a while.
UPDATE notices SET state = 'claimed', owner = :owner, lease_ms = :until
WHERE state = 'waiting' AND notice_key IN (
    SELECT notice_key FROM notices WHERE state = 'waiting' AND channel = :channel AND due_ms <= :now ORDER BY due_ms, notice_key LIMIT 20)
