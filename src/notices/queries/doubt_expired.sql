-- Sendings left by a process that is gone: whether they arrived is for a person to find out.
UPDATE notices SET state = 'unknown', lease_ms = NULL, attempts = attempts + 1, reason = 'stopped', detail = '' WHERE channel = :channel AND state = 'sending' AND lease_ms < :now
