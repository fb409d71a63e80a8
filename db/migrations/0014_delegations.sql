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
