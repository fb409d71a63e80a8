-- Notices: the outbox, what people want of it, how far its jobs are.
-- A row is one notice to one recipient by one channel. cause: step:<case>:<seq>, numbered:<case>, yellow:… or red:….
-- recipient: person:<id>, contact:<case>, endpoint:<name>. Addresses are not kept here: they are looked up when it is sent.
CREATE TABLE notices (
    notice_key {{key}},
    notice_id {{blob}} NOT NULL UNIQUE,
    cause TEXT NOT NULL,
    recipient TEXT NOT NULL,
    channel TEXT NOT NULL,
    person_id {{blob}},
    case_key BIGINT,
    seq BIGINT NOT NULL,
    template TEXT NOT NULL,
    event TEXT NOT NULL,
    audience TEXT NOT NULL,
    is_urgent BIGINT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    owner {{blob}},
    lease_ms BIGINT,
    sent_ms BIGINT,
    read_ms BIGINT,
    address_index {{blob}},
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    decided_by {{blob}},
    UNIQUE (cause, recipient, channel)
);
CREATE INDEX notices_waiting ON notices (channel, due_ms, notice_key) WHERE state = 'waiting';
CREATE INDEX notices_under_way ON notices (channel, lease_ms) WHERE state = 'claimed' OR state = 'sending';
-- What has not come to its end; and what goes out of the house, by channel.
CREATE INDEX notices_open ON notices (channel, state, due_ms) WHERE state <> 'sent' AND state <> 'dropped';
CREATE INDEX notices_by_channel ON notices (channel, notice_key) WHERE channel <> 'in_app';
CREATE INDEX notices_of_person ON notices (person_id, notice_key) WHERE channel = 'in_app';
CREATE INDEX notices_unread ON notices (person_id) WHERE channel = 'in_app' AND read_ms IS NULL;
CREATE INDEX notices_of_case ON notices (case_key, notice_key) WHERE case_key IS NOT NULL;
CREATE INDEX notices_by_address ON notices (address_index, sent_ms) WHERE address_index IS NOT NULL;
CREATE TABLE notice_preferences (
    person_id {{blob}} PRIMARY KEY,
    sealed_email {{blob}},
    has_email BIGINT NOT NULL,
    has_sms BIGINT NOT NULL,
    language TEXT NOT NULL,
    changed_ms BIGINT NOT NULL
);
-- begin: when this city began to send; sweep: up to when clocks have been looked at.
CREATE TABLE notice_marks (
    name TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL
);
