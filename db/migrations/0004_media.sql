-- Photographs: what was measured of each original; the bytes are files named by their SM3.
CREATE TABLE media (
    media_key {{key}},
    media_id {{blob}} NOT NULL UNIQUE,
    sm3 {{blob}} NOT NULL,
    sha256 {{blob}} NOT NULL,
    content_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    taken_ms BIGINT,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    owner_person_key BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    is_simulated BIGINT NOT NULL
);
