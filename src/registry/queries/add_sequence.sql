-- A county and class of which no code was given.
INSERT INTO registry_sequences (layer, prefix, last) VALUES (:layer, :prefix, 0) ON CONFLICT (layer, prefix) DO NOTHING
