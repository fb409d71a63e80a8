-- One more case filed on a day.
INSERT INTO filed_days (day, part, filed) VALUES (:day, :part, 1)
ON CONFLICT (day, part) DO UPDATE SET filed = filed_days.filed + 1
