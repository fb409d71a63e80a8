-- A line of the damage census by its id.
SELECT entry_key, body_hash, person_id FROM damage_entries WHERE entry_id = :entry_id
