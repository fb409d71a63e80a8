-- The one commit-ordered feed and its readers.
CREATE TABLE feed_entries (
    entry_key INTEGER PRIMARY KEY,
    txid BIGINT NOT NULL DEFAULT 0,
    kind TEXT NOT NULL,
    subject_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL
);
CREATE TABLE feed_readers (
    name TEXT PRIMARY KEY,
    txid BIGINT NOT NULL,
    entry_key BIGINT NOT NULL
);
