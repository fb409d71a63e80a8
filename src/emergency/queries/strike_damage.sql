-- A line that was wrong is struck out once, and stays.
UPDATE damage_entries SET struck_by = :struck_by, struck_ms = :struck_ms, struck_words = :struck_words
WHERE entry_id = :entry_id AND struck_ms IS NULL
