-- Whether one acts for another now.
SELECT delegation_id FROM delegations
WHERE to_person = :to_person AND from_person = :from_person AND from_ms <= :now AND to_ms > :now AND ended_ms IS NULL
