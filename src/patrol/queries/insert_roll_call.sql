-- A roll call as it was taken.
INSERT INTO roll_calls (roll_call_id, lot_key, day, shift, people, words, taken_by, taken_ms) VALUES (:roll_call_id, :lot_key, :day, :shift, :people, :words, :taken_by, :taken_ms)
ON CONFLICT (roll_call_id) DO NOTHING
