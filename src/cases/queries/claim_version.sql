-- The first write of every step: takes the row's lock and refuses a stale version.
UPDATE cases SET version = version + 1
WHERE case_key = :case_key AND version = :version
