-- The last day of an assignment is set earlier; none when it has ended before that day.
UPDATE registry_duty SET to_day = :last_day, ended_by = :ended_by, ended_ms = :ended_ms, ended_words = :ended_words WHERE duty_id = :duty_id AND to_day > :last_day
