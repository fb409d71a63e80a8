-- What the last attempt brought.
UPDATE call_backs SET state = :state, attempts = attempts + 1, outcome = :outcome, words = :words, last_ms = :at_ms
WHERE call_back_key = :call_back_key AND state = 'waiting'
