-- The supervision centre's intake desk: claims, calls, knowledge, phrases, call-backs, links, shifts.
-- Who is at a case in which stage; never a lock, it ends by itself.
CREATE TABLE case_claims (
    case_key BIGINT PRIMARY KEY,
    stage TEXT NOT NULL,
    person_id {{blob}} NOT NULL,
    claimed_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE INDEX case_claims_person ON case_claims (person_id);
CREATE TABLE hotline_calls (
    call_key {{key}},
    call_id {{blob}} NOT NULL UNIQUE,
    body_hash {{blob}} NOT NULL,
    sealed_phone {{blob}},
    sealed_name {{blob}},
    phone_index {{blob}},
    called_ms BIGINT NOT NULL,
    outside_call_id TEXT NOT NULL,
    recording TEXT NOT NULL,
    source TEXT NOT NULL,
    level TEXT NOT NULL,
    topic TEXT NOT NULL,
    outside_no TEXT NOT NULL,
    outside_due_ms BIGINT,
    is_public BIGINT NOT NULL,
    wants_call_back BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    case_key BIGINT,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    article_key BIGINT,
    operator_id {{blob}} NOT NULL,
    recorded_ms BIGINT NOT NULL
);
CREATE INDEX hotline_calls_phone ON hotline_calls (phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX hotline_calls_case ON hotline_calls (case_key) WHERE case_key IS NOT NULL;
CREATE INDEX hotline_calls_time ON hotline_calls (called_ms, call_key);
CREATE TABLE knowledge_articles (
    article_key {{key}},
    article_id {{blob}} NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    kind TEXT NOT NULL,
    class_code TEXT NOT NULL,
    source TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    is_open BIGINT NOT NULL,
    used_count BIGINT NOT NULL,
    changed_by {{blob}} NOT NULL,
    changed_ms BIGINT NOT NULL
);
CREATE TABLE phrases (
    phrase_key {{key}},
    phrase_id {{blob}} NOT NULL UNIQUE,
    person_id {{blob}} NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX phrases_person ON phrases (person_id);
CREATE TABLE call_backs (
    call_back_key {{key}},
    call_back_id {{blob}} NOT NULL UNIQUE,
    case_key BIGINT NOT NULL,
    closing BIGINT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    words TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    last_ms BIGINT,
    UNIQUE (case_key, closing)
);
CREATE INDEX call_backs_waiting ON call_backs (made_ms, call_back_key) WHERE state = 'waiting';
CREATE TABLE call_back_attempts (
    attempt_id {{blob}} PRIMARY KEY,
    call_back_key BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    words TEXT NOT NULL,
    answers TEXT NOT NULL,
    person_id {{blob}} NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX call_back_attempts_of ON call_back_attempts (call_back_key);
-- The same kind of problem in the same place within some days.
CREATE TABLE case_links (
    case_key BIGINT NOT NULL,
    earlier_key BIGINT NOT NULL,
    metres BIGINT NOT NULL,
    days BIGINT NOT NULL,
    PRIMARY KEY (case_key, earlier_key)
);
CREATE INDEX case_links_earlier ON case_links (earlier_key);
CREATE TABLE handovers (
    handover_key {{key}},
    handover_id {{blob}} NOT NULL UNIQUE,
    from_id {{blob}} NOT NULL,
    to_id {{blob}} NOT NULL,
    begun_ms BIGINT NOT NULL,
    done_ms BIGINT,
    words TEXT NOT NULL
);
CREATE INDEX handovers_open ON handovers (handover_key) WHERE done_ms IS NULL;
CREATE TABLE handover_items (
    handover_key BIGINT NOT NULL,
    case_key BIGINT NOT NULL,
    stage TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (handover_key, case_key)
);
CREATE TABLE duty_entries (
    entry_key {{key}},
    entry_id {{blob}} NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    words TEXT NOT NULL,
    place TEXT NOT NULL,
    told TEXT NOT NULL,
    case_key BIGINT,
    follows_key BIGINT,
    person_id {{blob}} NOT NULL,
    at_ms BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL
);
CREATE TABLE rota (
    day TEXT NOT NULL,
    shift TEXT NOT NULL,
    person_id {{blob}} NOT NULL,
    PRIMARY KEY (day, shift, person_id)
);
