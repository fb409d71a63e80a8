-- One act over many cases (机构调整, 三防): the decision, how far the job has come, the cases it has reached.
CREATE TABLE case_decisions (
    decision_key {{key}},
    decision_id {{blob}} NOT NULL UNIQUE,
    number {{text_c}} NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    of_key BIGINT,
    name TEXT NOT NULL,
    words TEXT NOT NULL,
    content TEXT NOT NULL,
    made_by {{blob}},
    made_ms BIGINT NOT NULL,
    from_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    cursor_key BIGINT NOT NULL,
    found BIGINT NOT NULL,
    expected BIGINT NOT NULL,
    done_ms BIGINT
);
CREATE INDEX case_decisions_kind ON case_decisions (kind, decision_key);
CREATE INDEX case_decisions_open ON case_decisions (decision_key) WHERE state IN ('waiting', 'running');
CREATE TABLE case_decision_cases (
    decision_key BIGINT NOT NULL,
    case_key BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (decision_key, case_key)
);
CREATE INDEX case_decision_cases_case ON case_decision_cases (case_key);
ALTER TABLE cases ADD COLUMN hold_decision TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN hold_stages TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN excluded_by TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_held ON cases (hold_decision, case_key) WHERE hold_decision <> '';
ALTER TABLE case_clocks ADD COLUMN held_ms BIGINT;
ALTER TABLE case_clocks ADD COLUMN kept_deadline_ms BIGINT;
ALTER TABLE case_clocks ADD COLUMN kept_yellow_ms BIGINT;
-- What an organisation was called, and who took over from it.
ALTER TABLE organisations ADD COLUMN short_name TEXT NOT NULL DEFAULT '';
CREATE TABLE organisation_names (
    organisation_key BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    PRIMARY KEY (organisation_key, until_ms)
);
CREATE TABLE organisation_successions (
    organisation_key BIGINT NOT NULL,
    successor_key BIGINT NOT NULL,
    from_ms BIGINT NOT NULL,
    PRIMARY KEY (organisation_key, successor_key)
);
-- 剔除考核: one request for all cases that a mode has touched.
CREATE TABLE emergency_exclusions (
    exclusion_key {{key}},
    exclusion_id {{blob}} NOT NULL UNIQUE,
    mode_key BIGINT NOT NULL,
    reason TEXT NOT NULL,
    asked_by {{blob}} NOT NULL,
    asked_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by {{blob}},
    decided_ms BIGINT,
    words TEXT NOT NULL,
    decision_key BIGINT
);
CREATE UNIQUE INDEX emergency_exclusions_mode ON emergency_exclusions (mode_key) WHERE state <> 'refused';
-- 灾损登记: a line is never changed; one that was wrong is struck out with its reason.
CREATE TABLE damage_entries (
    entry_key {{key}},
    entry_id {{blob}} NOT NULL UNIQUE,
    body_hash {{blob}} NOT NULL,
    mode_key BIGINT,
    kind TEXT NOT NULL,
    lon DOUBLE PRECISION NOT NULL,
    lat DOUBLE PRECISION NOT NULL,
    cell_code TEXT NOT NULL,
    community_code TEXT NOT NULL,
    district_code TEXT NOT NULL,
    address TEXT NOT NULL,
    amount DOUBLE PRECISION NOT NULL,
    estimate_yuan BIGINT,
    media TEXT NOT NULL,
    note TEXT NOT NULL,
    person_id {{blob}} NOT NULL,
    organisation TEXT NOT NULL,
    found_ms BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    struck_by {{blob}},
    struck_ms BIGINT,
    struck_words TEXT NOT NULL
);
CREATE INDEX damage_entries_district ON damage_entries (district_code, entry_key);
CREATE TABLE damage_photos (
    media_id {{blob}} NOT NULL,
    entry_key BIGINT NOT NULL,
    PRIMARY KEY (media_id, entry_key)
);
