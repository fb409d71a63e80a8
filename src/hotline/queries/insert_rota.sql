-- Somebody is on duty.
INSERT INTO rota (day, shift, person_id) VALUES (:day, :shift, :person_id) ON CONFLICT (day, shift, person_id) DO NOTHING
