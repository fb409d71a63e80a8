-- Given by or to a person, newest first.
SELECT delegation_id, from_person, to_person, from_ms, to_ms, reason, made_ms, ended_ms FROM delegations
WHERE from_person = :me OR to_person = :me
ORDER BY delegation_key DESC LIMIT 200
