-- A claimed one is left for later.
UPDATE notices SET state = 'waiting', owner = NULL, lease_ms = NULL, due_ms = :due_ms, reason = :reason WHERE notice_key = :notice_key AND state = 'claimed' AND owner = :owner
