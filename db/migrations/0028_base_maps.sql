-- Foreign base maps: how many tiles were asked of each on a day of the city, so that a restart does not forget the quota.
CREATE TABLE base_map_uses (
    base_id {{text_c}} NOT NULL,
    day BIGINT NOT NULL, -- days since 1970-01-01
    used BIGINT NOT NULL,
    PRIMARY KEY (base_id, day)
);
