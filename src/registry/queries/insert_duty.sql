-- Somebody looks after an area on a shift.
INSERT INTO registry_duty (duty_id, area_id, shift, person_id, role, from_day, to_day, planned_to_day, words, made_by, made_ms, ended_words)
VALUES (:duty_id, :area_id, :shift, :person_id, :role, :from_day, :to_day, :to_day, :words, :made_by, :made_ms, '')
ON CONFLICT (duty_id) DO NOTHING RETURNING duty_key
