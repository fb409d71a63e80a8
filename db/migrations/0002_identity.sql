-- Organisations, people, their posts, sessions, sign-in counters and the access log.
CREATE TABLE organisations (
    organisation_key {{key}},
    code {{text_c}} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent_key BIGINT REFERENCES organisations (organisation_key),
    region_code TEXT NOT NULL,
    valid_from_ms BIGINT NOT NULL,
    valid_to_ms BIGINT
);
-- Names and phones are sealed (SM4-CTR, HMAC-SM3); phone_index finds equal numbers.
CREATE TABLE people (
    person_key {{key}},
    person_id {{blob}} NOT NULL UNIQUE,
    login {{text_c}} NOT NULL UNIQUE,
    name_sealed {{blob}} NOT NULL,
    phone_sealed {{blob}},
    phone_index {{blob}},
    organisation_key BIGINT NOT NULL REFERENCES organisations (organisation_key),
    password_hash TEXT,
    must_change_password BIGINT NOT NULL,
    is_active BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL
);
CREATE INDEX people_by_phone ON people (phone_index) WHERE phone_index IS NOT NULL;
CREATE TABLE person_roles (
    person_key BIGINT NOT NULL REFERENCES people (person_key),
    role TEXT NOT NULL,
    PRIMARY KEY (person_key, role)
);
CREATE TABLE sessions (
    session_key {{key}},
    token_sha256 {{blob}} NOT NULL UNIQUE,
    person_key BIGINT NOT NULL REFERENCES people (person_key),
    created_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    remote_address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_key);
CREATE INDEX sessions_by_expiry ON sessions (expires_ms);
-- Failed sign-ins of an account, of an address, of both together; subject is a keyed digest, because
-- people type their passwords where the name belongs.
CREATE TABLE sign_in_attempts (
    subject {{blob}} PRIMARY KEY,
    person_key BIGINT,
    failures BIGINT NOT NULL,
    window_began_ms BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL
);
CREATE INDEX sign_in_attempts_by_person ON sign_in_attempts (person_key) WHERE person_key IS NOT NULL;
CREATE INDEX sign_in_attempts_by_window ON sign_in_attempts (window_began_ms);
-- Append only.
CREATE TABLE access_log (
    access_key {{key}},
    at_ms BIGINT NOT NULL,
    person_key BIGINT,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    remote_address TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE TABLE setup_links (
    secret_sha256 {{blob}} PRIMARY KEY,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT
);
