-- A line of the duty log; never changed.
INSERT INTO duty_entries (entry_id, kind, level, words, place, told, case_key, follows_key, person_id, at_ms, recorded_ms)
VALUES (:entry_id, :kind, :level, :words, :place, :told, :case_key, :follows_key, :person_id, :at_ms, :recorded_ms) ON CONFLICT (entry_id) DO NOTHING
