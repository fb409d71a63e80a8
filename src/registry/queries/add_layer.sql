-- A layer nobody has written to begins at version 0.
INSERT INTO registry_layers (layer, version, writing, owner, touched_ms) VALUES (:layer, 0, 0, '', 0) ON CONFLICT (layer) DO NOTHING
