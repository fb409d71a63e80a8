-- Cases, their parts, their history. Parts have the key case_key * 4096 + number, so that a case's rows
-- lie together.
CREATE TABLE cases (
    case_key {{key}},
    case_id {{blob}} NOT NULL UNIQUE,
    case_no TEXT,
    version BIGINT NOT NULL,
    platform TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    state TEXT NOT NULL,
    resume_to TEXT NOT NULL,
    edition TEXT NOT NULL,
    kind TEXT NOT NULL,
    class_code TEXT NOT NULL,
    filing_row TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    source TEXT NOT NULL,
    level TEXT NOT NULL,
    raw_lon DOUBLE PRECISION NOT NULL,
    raw_lat DOUBLE PRECISION NOT NULL,
    coord_type TEXT NOT NULL,
    lon DOUBLE PRECISION NOT NULL,
    lat DOUBLE PRECISION NOT NULL,
    cell_code TEXT NOT NULL,
    community_code TEXT NOT NULL,
    district_code TEXT NOT NULL,
    area_class TEXT NOT NULL,
    address TEXT NOT NULL,
    reporter_id {{blob}},
    reported_ms BIGINT NOT NULL,
    observed_ms BIGINT,
    accepted_ms BIGINT,
    accepted_day TEXT NOT NULL,
    filed_ms BIGINT,
    handled_ms BIGINT,
    closed_ms BIGINT,
    rules_version TEXT NOT NULL,
    rework_count BIGINT NOT NULL,
    redispatch_count BIGINT NOT NULL,
    send_back_count BIGINT NOT NULL,
    remind_count BIGINT NOT NULL,
    is_deferred BIGINT NOT NULL,
    is_appealed BIGINT NOT NULL,
    is_open BIGINT NOT NULL,
    stage TEXT NOT NULL,
    stage_deadline_ms BIGINT,
    stage_yellow_ms BIGINT,
    handling_deadline_ms BIGINT,
    handling_yellow_ms BIGINT,
    unit TEXT NOT NULL,
    description TEXT NOT NULL,
    report_hash {{blob}} NOT NULL,
    chain {{blob}} NOT NULL,
    photo_id {{blob}},
    is_simulated BIGINT NOT NULL
);
CREATE UNIQUE INDEX cases_no ON cases (case_no) WHERE case_no IS NOT NULL;
CREATE INDEX cases_unnumbered ON cases (case_key) WHERE case_no IS NULL AND accepted_day <> '';
CREATE INDEX cases_open_district ON cases (district_code, case_key) WHERE is_open = 1;
CREATE INDEX cases_open_deadline ON cases (handling_deadline_ms, case_key) WHERE is_open = 1;
CREATE INDEX cases_reporter ON cases (reporter_id, case_key) WHERE reporter_id IS NOT NULL;
CREATE TABLE assignments (
    assignment_key {{key}},
    case_key BIGINT NOT NULL,
    id {{blob}},
    parent_id {{blob}},
    level TEXT NOT NULL,
    part TEXT NOT NULL,
    state TEXT NOT NULL,
    organisation TEXT NOT NULL,
    issuer TEXT NOT NULL,
    person_id {{blob}},
    limit_value DOUBLE PRECISION NOT NULL,
    limit_unit TEXT NOT NULL,
    offered_ms BIGINT NOT NULL,
    clock_from_ms BIGINT,
    used_ms BIGINT NOT NULL,
    deadline_ms BIGINT,
    finished_ms BIGINT,
    rework_count BIGINT NOT NULL,
    extension_count BIGINT NOT NULL
);
CREATE INDEX assignments_organisation ON assignments (organisation, case_key);
CREATE TABLE tasks (
    task_key {{key}},
    case_key BIGINT NOT NULL,
    id {{blob}},
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    organisation TEXT NOT NULL,
    person_id {{blob}},
    offered_ms BIGINT NOT NULL,
    finished_ms BIGINT
);
CREATE INDEX tasks_person ON tasks (person_id, case_key);
CREATE TABLE requests (
    request_key {{key}},
    case_key BIGINT NOT NULL,
    id {{blob}},
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    assignment_id {{blob}},
    organisation TEXT NOT NULL,
    decider TEXT NOT NULL,
    decider_role TEXT NOT NULL,
    asked_ms BIGINT NOT NULL,
    until_ms BIGINT,
    decided_ms BIGINT
);
CREATE TABLE case_clocks (
    clock_key {{key}},
    case_key BIGINT NOT NULL,
    stage TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id {{blob}},
    organisation TEXT NOT NULL,
    role TEXT NOT NULL,
    person_id {{blob}},
    started_ms BIGINT NOT NULL,
    stopped_ms BIGINT,
    deadline_ms BIGINT,
    yellow_ms BIGINT
);
CREATE INDEX case_clocks_open ON case_clocks (organisation, role, deadline_ms) WHERE stopped_ms IS NULL;
CREATE TABLE case_steps (
    step_key {{key}},
    case_key BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    platform TEXT NOT NULL,
    step_id {{blob}} NOT NULL,
    action TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id {{blob}},
    actor_id {{blob}},
    role TEXT NOT NULL,
    organisation TEXT NOT NULL,
    receiver_organisation TEXT NOT NULL,
    receiver_person {{blob}},
    filing_row TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    deadline_ms BIGINT,
    rules_version TEXT NOT NULL,
    media TEXT NOT NULL,
    opinion TEXT NOT NULL,
    salt {{blob}} NOT NULL,
    body_hash {{blob}} NOT NULL,
    changes TEXT NOT NULL,
    chain {{blob}} NOT NULL
);
CREATE TABLE case_media (
    case_key BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    position BIGINT NOT NULL,
    media_id {{blob}} NOT NULL,
    sm3 TEXT NOT NULL,
    moment TEXT NOT NULL,
    PRIMARY KEY (case_key, seq, position)
);
CREATE INDEX case_media_media ON case_media (media_id);
CREATE TABLE case_contacts (
    case_key BIGINT PRIMARY KEY,
    sealed_name {{blob}},
    sealed_phone {{blob}},
    phone_index {{blob}},
    is_public BIGINT NOT NULL,
    wants_call_back BIGINT NOT NULL
);
CREATE INDEX case_contacts_phone ON case_contacts (phone_index) WHERE phone_index IS NOT NULL;
CREATE TABLE case_sequences (
    platform TEXT NOT NULL,
    day TEXT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (platform, day)
);
CREATE TABLE case_people (
    person_id {{blob}} NOT NULL,
    case_key BIGINT NOT NULL,
    PRIMARY KEY (person_id, case_key)
);
CREATE TABLE rule_sets (
    version_sm3 TEXT PRIMARY KEY,
    loaded_ms BIGINT NOT NULL,
    files {{blob}} NOT NULL
);
-- Who answers for a kind of responsibility where ('' = whole city): the territorial default.
CREATE TABLE responsible_units (
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    organisation TEXT NOT NULL,
    PRIMARY KEY (kind, place)
);
