-- What few cases come to: disputed, looked at on the spot, ruled on.
UPDATE cases SET is_disputed = :is_disputed, red_line = :red_line, ruled_unit = :ruled_unit, ruled_center = :ruled_center
WHERE case_key = :case_key
