-- 基础数据: features of all layers with their versions (docs/adr/0012), what each version was, codes given, proposals from the field.
CREATE TABLE registry_layers (
    layer {{text_c}} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    writing BIGINT NOT NULL,
    owner TEXT NOT NULL,
    touched_ms BIGINT NOT NULL
);
CREATE TABLE registry_features (
    feature_key {{key}},
    layer {{text_c}} NOT NULL,
    id {{text_c}} NOT NULL,
    version_from BIGINT NOT NULL,
    version_to BIGINT,
    geometry {{blob}},
    attributes TEXT NOT NULL
);
CREATE UNIQUE INDEX registry_features_in_force ON registry_features (layer, id) WHERE version_to IS NULL;
CREATE INDEX registry_features_history ON registry_features (layer, id, version_from);
CREATE INDEX registry_features_begun ON registry_features (layer, version_from);
CREATE INDEX registry_features_ended ON registry_features (layer, version_to) WHERE version_to IS NOT NULL;
CREATE TABLE registry_versions (
    version_key {{key}},
    layer {{text_c}} NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    made_by {{blob}},
    made_ms BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    size BIGINT NOT NULL,
    UNIQUE (layer, version)
);
CREATE TABLE registry_sequences (
    layer {{text_c}} NOT NULL,
    prefix {{text_c}} NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (layer, prefix)
);
-- 部件在线更新: what somebody in the street says is missing, moved, new or wrong.
CREATE TABLE registry_proposals (
    proposal_key {{key}},
    proposal_id {{blob}} NOT NULL UNIQUE,
    body_hash {{blob}} NOT NULL,
    layer {{text_c}} NOT NULL,
    kind TEXT NOT NULL,
    feature_id {{text_c}} NOT NULL,
    content TEXT NOT NULL,
    words TEXT NOT NULL,
    media TEXT NOT NULL,
    district_code TEXT NOT NULL,
    made_by {{blob}} NOT NULL,
    organisation TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by {{blob}},
    decided_ms BIGINT,
    decided_words TEXT NOT NULL,
    version BIGINT
);
CREATE INDEX registry_proposals_open ON registry_proposals (proposal_key) WHERE state = 'open';
CREATE INDEX registry_proposals_feature ON registry_proposals (layer, feature_id, proposal_key);
CREATE TABLE registry_proposal_photos (
    media_id {{blob}} NOT NULL,
    proposal_key BIGINT NOT NULL,
    PRIMARY KEY (media_id, proposal_key)
);
CREATE INDEX cases_of_asset ON cases (asset_id, case_key) WHERE asset_id <> '';
