-- Claims that nobody is at any more and that were not begun: they wait again.
UPDATE notices SET state = 'waiting', owner = NULL, lease_ms = NULL WHERE channel = :channel AND state = 'claimed' AND lease_ms < :now
