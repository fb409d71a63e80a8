-- A line of the duty log by its id.
SELECT entry_key FROM duty_entries WHERE entry_id = :entry_id
