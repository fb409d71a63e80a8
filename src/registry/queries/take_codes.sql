-- Gives the next codes, each once.
UPDATE registry_sequences SET last = CASE WHEN last > :seen THEN last ELSE :seen END + :count WHERE layer = :layer AND prefix = :prefix RETURNING last
