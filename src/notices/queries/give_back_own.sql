-- What this process has claimed and not begun waits again.
UPDATE notices SET state = 'waiting', owner = NULL, lease_ms = NULL WHERE channel = :channel AND state = 'claimed' AND owner = :owner
