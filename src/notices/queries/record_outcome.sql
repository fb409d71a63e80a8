-- What became of it; the one who sent it knows, also when its lease had run out.
UPDATE notices SET state = :state, lease_ms = NULL, attempts = attempts + 1, due_ms = :due_ms, sent_ms = :sent_ms, reason = :reason, detail = :detail
WHERE notice_key = :notice_key AND owner = :owner AND (state = 'sending' OR (state = 'unknown' AND reason = 'stopped'))
