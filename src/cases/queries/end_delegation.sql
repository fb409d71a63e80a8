-- Taken back by whoever gave it, or given up by whoever had it.
UPDATE delegations SET ended_ms = :ended_ms
WHERE delegation_id = :delegation_id AND (from_person = :me OR to_person = :me) AND ended_ms IS NULL
