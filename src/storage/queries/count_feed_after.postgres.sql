-- How many entries stand after a place, counted up to a bound.
SELECT COUNT(*) AS entries FROM (
    SELECT entry_key FROM feed_entries
    WHERE (txid, entry_key) > (CAST(:txid AS BIGINT), CAST(:entry_key AS BIGINT))
    LIMIT :bound) AS behind
