-- A collector begins with a lot.
INSERT INTO lot_collectors (lot_key, person_id, from_day, to_day) VALUES (:lot_key, :person_id, :from_day, :to_day)
