-- A new organisation; one with the same code is left alone.
INSERT INTO organisations (code, name, kind, parent_key, region_code, valid_from_ms, short_name)
VALUES (:code, :name, :kind, :parent_key, :region_code, :valid_from_ms, :short_name)
ON CONFLICT (code) DO NOTHING
RETURNING organisation_key
