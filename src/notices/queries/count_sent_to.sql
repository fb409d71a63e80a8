-- How many went to an address since then.
SELECT COUNT(*) AS n FROM notices WHERE address_index = :address_index AND sent_ms > :since AND channel = :channel
