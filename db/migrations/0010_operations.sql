-- Links by which people choose their first password.
CREATE TABLE password_links (
    secret_sha256 {{blob}} PRIMARY KEY,
    person_key BIGINT NOT NULL REFERENCES people (person_key),
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT
);
CREATE INDEX password_links_by_person ON password_links (person_key);
