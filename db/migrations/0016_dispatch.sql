-- By which row of the responsibility list a part was given out, and whether nobody had a hand in it.
ALTER TABLE assignments ADD COLUMN responsibility_row TEXT NOT NULL DEFAULT '';
ALTER TABLE assignments ADD COLUMN is_automatic BIGINT NOT NULL DEFAULT 0;
-- Why a unit gives work back: a row of data/workflow/return_reasons.csv.
ALTER TABLE requests ADD COLUMN return_reason TEXT NOT NULL DEFAULT '';
-- Who returns how much, in a period.
CREATE INDEX assignments_offered ON assignments (offered_ms) WHERE level = 'unit';
