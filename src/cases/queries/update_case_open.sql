-- Accepted, ended or reopened: its place among the open ones and among those that wait for a number.
UPDATE cases SET is_open = :is_open, accepted_day = :accepted_day WHERE case_key = :case_key
