-- Supervision orders (督办): a request with a level, settled by the role that gave it.
ALTER TABLE requests ADD COLUMN level TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN asker_role TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN supervise_count BIGINT NOT NULL DEFAULT 0;
CREATE INDEX cases_supervised ON cases (case_key) WHERE supervise_count > 0;
