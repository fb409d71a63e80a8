-- Sendings of a channel that may be repeated, left by a process that is gone: they wait again.
UPDATE notices SET state = 'waiting', owner = NULL, lease_ms = NULL, due_ms = :now WHERE channel = :channel AND state = 'sending' AND lease_ms < :now
