-- A draw by its id.
SELECT sample_key, frame, seed, population, population_sm3, population_ids, size FROM samples WHERE sample_id = :sample_id
