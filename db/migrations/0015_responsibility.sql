-- The responsibility list (确权): each change of a row is a version of its own, the newest is_current. What the
-- territorial default said of kinds of responsibility becomes rows of that list.
CREATE TABLE responsibility_rows (
    row_key {{key}},
    code {{text_c}} NOT NULL,
    version BIGINT NOT NULL,
    is_current BIGINT NOT NULL,
    edition TEXT NOT NULL,
    kind TEXT NOT NULL,
    class_code TEXT NOT NULL,
    trade TEXT NOT NULL,
    filing_row TEXT NOT NULL,
    place_kind TEXT NOT NULL,
    place TEXT NOT NULL,
    side TEXT NOT NULL,
    shape {{blob}},
    competent TEXT NOT NULL,
    owner TEXT NOT NULL,
    maintenance TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    source TEXT NOT NULL,
    note TEXT NOT NULL,
    origin TEXT NOT NULL,
    changed_ms BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    UNIQUE (code, version)
);
CREATE INDEX responsibility_rows_current ON responsibility_rows (row_key) WHERE is_current = 1;
INSERT INTO responsibility_rows (code, version, is_current, edition, kind, class_code, trade, filing_row, place_kind, place, side, shape, competent, owner, maintenance,
                                 valid_from, valid_to, source, note, origin, changed_ms, changed_by)
SELECT 'T-' || kind || '-' || place, 1, 1, '', '', '', kind, '',
       CASE WHEN place = '' THEN 'city' WHEN LENGTH(place) <= 6 THEN 'district' WHEN LENGTH(place) <= 9 THEN 'subdistrict' ELSE 'community' END,
       place, '', NULL, organisation, '', '', '', '', '', '', 'default', 0, ''
FROM responsible_units;
DROP TABLE responsible_units;
-- Classes that dispatch by themselves where one row alone matches.
CREATE TABLE dispatch_switches (
    edition TEXT NOT NULL,
    kind TEXT NOT NULL,
    class_code TEXT NOT NULL,
    is_on BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (edition, kind, class_code)
);
