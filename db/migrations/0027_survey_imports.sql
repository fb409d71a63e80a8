-- 入库: surveys on their way from a file to a version of a layer, and which column was which field the last time.
CREATE TABLE survey_imports (
    import_key {{key}},
    import_id {{blob}} NOT NULL UNIQUE,
    layer {{text_c}} NOT NULL,
    file_name TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    received BIGINT NOT NULL,
    crs TEXT NOT NULL,
    encoding TEXT NOT NULL,
    source_layer TEXT NOT NULL,
    is_complete INTEGER NOT NULL,
    state {{text_c}} NOT NULL,
    stopped_in TEXT NOT NULL,
    is_stopping INTEGER NOT NULL,
    owner TEXT NOT NULL,
    lease_ms BIGINT NOT NULL,
    done BIGINT NOT NULL,
    of_all BIGINT NOT NULL,
    problem TEXT NOT NULL,
    found TEXT NOT NULL,
    mapping TEXT NOT NULL,
    report TEXT NOT NULL,
    reason TEXT NOT NULL,
    version BIGINT NOT NULL,
    made_by {{blob}},
    published_by {{blob}},
    made_ms BIGINT NOT NULL,
    touched_ms BIGINT NOT NULL
);
CREATE INDEX survey_imports_layer ON survey_imports (layer, import_key);
CREATE INDEX survey_imports_running ON survey_imports (import_key) WHERE state IN ('converting', 'checking', 'publishing');
CREATE TABLE survey_mappings (
    layer {{text_c}} NOT NULL,
    columns_digest {{text_c}} NOT NULL,
    mapping TEXT NOT NULL,
    used_ms BIGINT NOT NULL,
    PRIMARY KEY (layer, columns_digest)
);
