-- Contractors (采集公司) and what inspectors find (督查): lots, people, roll calls, draws, findings, deduction sheets.
CREATE TABLE contractor_lots (
    lot_key {{key}},
    lot_id {{blob}} NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    code {{text_c}} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    contract_no TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    regions TEXT NOT NULL,
    promises TEXT NOT NULL,
    month_fee_cents BIGINT NOT NULL,
    unit_price_cents BIGINT NOT NULL,
    changed_by {{blob}} NOT NULL,
    changed_ms BIGINT NOT NULL
);
-- What a lot's terms were: one row a change, never rewritten.
CREATE TABLE lot_versions (
    lot_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    terms TEXT NOT NULL,
    changed_by {{blob}} NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (lot_key, version)
);
-- Whose a collector is, from a day to a day ('' = still).
CREATE TABLE lot_collectors (
    lot_collector_key {{key}},
    lot_key BIGINT NOT NULL,
    person_id {{blob}} NOT NULL,
    from_day TEXT NOT NULL,
    to_day TEXT NOT NULL
);
CREATE INDEX lot_collectors_person ON lot_collectors (person_id);
CREATE INDEX lot_collectors_lot ON lot_collectors (lot_key);
-- 点名: who was there; a later one of the same shift corrects an earlier one, both stay.
CREATE TABLE roll_calls (
    roll_call_key {{key}},
    roll_call_id {{blob}} NOT NULL UNIQUE,
    lot_key BIGINT NOT NULL,
    day TEXT NOT NULL,
    shift TEXT NOT NULL,
    people TEXT NOT NULL,
    words TEXT NOT NULL,
    taken_by {{blob}} NOT NULL,
    taken_ms BIGINT NOT NULL
);
CREATE INDEX roll_calls_shift ON roll_calls (lot_key, day, shift);
-- 抽查: a draw with all it takes to repeat it.
CREATE TABLE samples (
    sample_key {{key}},
    sample_id {{blob}} NOT NULL UNIQUE,
    frame TEXT NOT NULL,
    seed TEXT NOT NULL,
    population BIGINT NOT NULL,
    population_sm3 TEXT NOT NULL,
    population_ids {{blob}} NOT NULL,
    size BIGINT NOT NULL,
    words TEXT NOT NULL,
    drawn_by {{blob}} NOT NULL,
    drawn_ms BIGINT NOT NULL
);
CREATE TABLE sample_items (
    sample_key BIGINT NOT NULL,
    position BIGINT NOT NULL,
    case_key BIGINT NOT NULL,
    case_id {{blob}} NOT NULL,
    finding_key BIGINT,
    PRIMARY KEY (sample_key, position)
);
CREATE TABLE findings (
    finding_key {{key}},
    finding_id {{blob}} NOT NULL UNIQUE,
    body_hash {{blob}} NOT NULL,
    sample_key BIGINT,
    case_key BIGINT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    cell_code TEXT NOT NULL,
    distance_m DOUBLE PRECISION,
    words TEXT NOT NULL,
    media TEXT NOT NULL,
    collector_id {{blob}},
    lot_key BIGINT,
    points BIGINT NOT NULL,
    cents BIGINT NOT NULL,
    inspector_id {{blob}} NOT NULL,
    found_ms BIGINT NOT NULL,
    objection_until_ms BIGINT,
    contest TEXT NOT NULL,
    objected_by {{blob}},
    objected_ms BIGINT,
    objection TEXT NOT NULL,
    objection_media TEXT NOT NULL,
    decided_by {{blob}},
    decided_ms BIGINT,
    decision TEXT NOT NULL
);
CREATE INDEX findings_lot ON findings (lot_key, found_ms);
CREATE INDEX findings_collector ON findings (collector_id, found_ms) WHERE collector_id IS NOT NULL;
CREATE TABLE finding_media (
    media_id {{blob}} NOT NULL,
    finding_key BIGINT NOT NULL,
    PRIMARY KEY (media_id, finding_key)
);
-- 扣款单: a draft is counted anew, a confirmed one never changes again.
CREATE TABLE deduction_sheets (
    sheet_key {{key}},
    sheet_id {{blob}} NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    lot_key BIGINT NOT NULL,
    month TEXT NOT NULL,
    state TEXT NOT NULL,
    number TEXT,
    terms TEXT NOT NULL,
    points BIGINT NOT NULL,
    pay_cents BIGINT NOT NULL,
    deducted_cents BIGINT NOT NULL,
    total_cents BIGINT NOT NULL,
    made_by {{blob}} NOT NULL,
    made_ms BIGINT NOT NULL,
    confirmed_by {{blob}},
    confirmed_ms BIGINT,
    sm3 TEXT NOT NULL,
    UNIQUE (lot_key, month)
);
CREATE UNIQUE INDEX deduction_sheets_number ON deduction_sheets (number) WHERE number IS NOT NULL;
-- What a sheet is the sum of: one line a finding, a shift, a find, a fee, a cap.
CREATE TABLE sheet_lines (
    sheet_key BIGINT NOT NULL,
    line BIGINT NOT NULL,
    rule TEXT NOT NULL,
    part TEXT NOT NULL,
    finding_key BIGINT,
    case_key BIGINT,
    day TEXT NOT NULL,
    shift TEXT NOT NULL,
    promised BIGINT NOT NULL,
    present BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    points BIGINT NOT NULL,
    cents BIGINT NOT NULL,
    PRIMARY KEY (sheet_key, line)
);
