-- Approvals with rounds and ledgers, appeals, suspension with a date, the simple procedure, work done for another.
ALTER TABLE assignments ADD COLUMN is_excluded BIGINT NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN asked_by {{blob}};
ALTER TABLE requests ADD COLUMN asked_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN decided_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN is_simple BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN suspended_until_ms BIGINT;
ALTER TABLE cases ADD COLUMN acted_for {{blob}};
CREATE INDEX cases_suspended ON cases (suspended_until_ms, case_key) WHERE suspended_until_ms IS NOT NULL;
CREATE INDEX cases_simple ON cases (case_key) WHERE is_simple = 1;
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
-- Who has opened a case since its newest step: from then on that step is not taken back (撤回).
CREATE TABLE case_openings (
    case_key BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL
);
-- 授权: one person acts for another for a time.
CREATE TABLE delegations (
    delegation_key {{key}},
    delegation_id {{blob}} NOT NULL UNIQUE,
    from_person {{blob}} NOT NULL,
    to_person {{blob}} NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    reason TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    ended_ms BIGINT
);
CREATE INDEX delegations_to ON delegations (to_person, to_ms);
CREATE INDEX delegations_from ON delegations (from_person, to_ms);
