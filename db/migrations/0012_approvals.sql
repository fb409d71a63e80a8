-- Approvals with rounds and ledgers, appeals, suspension with a date, the simple procedure, work done for another.
ALTER TABLE assignments ADD COLUMN is_excluded BIGINT NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN asked_by {{blob}};
ALTER TABLE requests ADD COLUMN asked_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN decided_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN is_simple BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN suspended_until_ms BIGINT;
ALTER TABLE cases ADD COLUMN acted_for {{blob}};
CREATE INDEX cases_suspended ON cases (suspended_until_ms, case_key) WHERE suspended_until_ms IS NOT NULL;
CREATE INDEX cases_simple ON cases (case_key) WHERE is_simple = 1;
