-- Accepted, ended, reopened, suspended, simple: its place among the open ones, those that wait for a number, the
-- problem store and the simple ones.
UPDATE cases SET
    is_open = :is_open, accepted_day = :accepted_day, is_simple = :is_simple, suspended_until_ms = :suspended_until_ms
WHERE case_key = :case_key
