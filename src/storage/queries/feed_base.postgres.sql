-- What this cluster counts, and what the feed adds to it.
SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) AS txid, feed_base() AS base
