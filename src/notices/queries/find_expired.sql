-- Whether a process that is gone has left something, or something is due.
SELECT (SELECT COUNT(*) FROM (SELECT notice_key FROM notices WHERE channel = :channel AND (state = 'claimed' OR state = 'sending') AND lease_ms < :now LIMIT 1) e) AS expired,
    (SELECT COUNT(*) FROM (SELECT notice_key FROM notices WHERE channel = :channel AND state = 'waiting' AND due_ms <= :now LIMIT 1) d) AS due
