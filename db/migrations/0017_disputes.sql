-- Disputed cases (疑难案件): flag (1 disputed, 2 ruled), the red line drawn on the spot, whom the ruling names.
ALTER TABLE cases ADD COLUMN is_disputed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN red_line TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN ruled_unit TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN ruled_center TEXT NOT NULL DEFAULT '';
ALTER TABLE assignments ADD COLUMN is_binding BIGINT NOT NULL DEFAULT 0;
CREATE INDEX cases_disputed ON cases (case_key) WHERE is_disputed > 0;
