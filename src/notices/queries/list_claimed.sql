-- What this process has claimed, urgent ones first.
SELECT notice_key, notice_id, recipient, person_id, case_key, event, audience, is_urgent, subject, body, attempts FROM notices
WHERE channel = :channel AND state = 'claimed' AND owner = :owner ORDER BY is_urgent DESC, due_ms, notice_key
