-- A ledger (台账) is the requests of a kind, newest first; what of them was approved since when is counted for its cap.
CREATE INDEX requests_ledger ON requests (kind, request_key);
CREATE INDEX requests_approved ON requests (kind, decided_ms) WHERE state = 'approved';
-- Cases filed a day (days of the city's time since 1970), the ground of the caps; in a few rows each, so that
-- filings do not wait for each other.
CREATE TABLE filed_days (
    day BIGINT NOT NULL,
    part BIGINT NOT NULL,
    filed BIGINT NOT NULL,
    PRIMARY KEY (day, part)
);
INSERT INTO filed_days (day, part, filed)
SELECT (c.filed_ms + 28800000) / 86400000, 0, COUNT(*) FROM cases c WHERE c.filed_ms IS NOT NULL
GROUP BY (c.filed_ms + 28800000) / 86400000;
