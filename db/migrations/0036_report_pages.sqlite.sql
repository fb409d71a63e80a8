-- A report changes a page of each index it is in: two fewer. Open cases are counted by state in the index of their districts, where a
-- change of state stays on its page; photos of steps lie in their key itself.
DROP INDEX cases_open_state;
DROP INDEX cases_open_district;
CREATE INDEX cases_open_district ON cases (district_code, case_key, state, is_open) WHERE is_open = 1;
CREATE TABLE case_media_by_key (
    case_key BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    position BIGINT NOT NULL,
    media_id BLOB NOT NULL,
    sm3 TEXT NOT NULL,
    moment TEXT NOT NULL,
    PRIMARY KEY (case_key, seq, position)
) WITHOUT ROWID;
INSERT INTO case_media_by_key (case_key, seq, position, media_id, sm3, moment)
    SELECT case_key, seq, position, media_id, sm3, moment FROM case_media ORDER BY case_key, seq, position;
DROP TABLE case_media;
ALTER TABLE case_media_by_key RENAME TO case_media;
CREATE INDEX case_media_media ON case_media (media_id);
