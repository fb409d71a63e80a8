-- A claimed one that cannot be sent.
UPDATE notices SET state = 'failed', owner = NULL, lease_ms = NULL, attempts = attempts + 1, reason = :reason, detail = '' WHERE notice_key = :notice_key AND state = 'claimed' AND owner = :owner
