-- Remembers which column was which field.
INSERT INTO survey_mappings (layer, columns_digest, mapping, used_ms)
VALUES (:layer, :columns_digest, :mapping, :now_ms)
ON CONFLICT (layer, columns_digest) DO UPDATE SET mapping = excluded.mapping, used_ms = excluded.used_ms
