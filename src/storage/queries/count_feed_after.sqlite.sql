-- How many entries stand after a place, counted up to a bound.
SELECT COUNT(*) AS entries FROM (
    SELECT entry_key FROM feed_entries WHERE entry_key > :entry_key AND :txid >= 0 LIMIT :bound) AS behind
