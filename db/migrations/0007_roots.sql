-- Signed Merkle roots over the steps in commit order, and the public keys that signed them. The private keys are files.
CREATE TABLE root_keys (
    number BIGINT PRIMARY KEY,
    key_id TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL,
    public_key {{blob}} NOT NULL,
    made_ms BIGINT NOT NULL,
    previous_id TEXT NOT NULL,
    signature {{blob}} NOT NULL,
    endorsement {{blob}} NOT NULL
);
CREATE TABLE chain_roots (
    number BIGINT PRIMARY KEY,
    platform TEXT NOT NULL,
    day TEXT NOT NULL,
    until_ms BIGINT NOT NULL,
    after_txid BIGINT NOT NULL,
    after_key BIGINT NOT NULL,
    through_txid BIGINT NOT NULL,
    through_key BIGINT NOT NULL,
    leaf_count BIGINT NOT NULL,
    merkle_root {{blob}} NOT NULL,
    previous {{blob}} NOT NULL,
    signed_ms BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    signature {{blob}} NOT NULL
);
