-- A draw.
INSERT INTO samples (sample_id, frame, seed, population, population_sm3, population_ids, size, words, drawn_by, drawn_ms)
VALUES (:sample_id, :frame, :seed, :population, :population_sm3, :population_ids, :size, :words, :drawn_by, :drawn_ms)
ON CONFLICT (sample_id) DO NOTHING RETURNING sample_key
