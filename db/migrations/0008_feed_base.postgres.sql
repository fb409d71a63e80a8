-- A restored database lives in a cluster that counts transactions from elsewhere: the feed adds what keeps its places growing.
CREATE FUNCTION feed_base() RETURNS BIGINT LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS 'SELECT CAST(0 AS BIGINT)';
ALTER TABLE feed_entries ALTER COLUMN txid
    SET DEFAULT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) + feed_base();
