-- A case as a problem in a place, for duplicates and repeats.
SELECT case_key, state, edition, kind, class_code, asset_id, lon, lat, description, reported_ms, closed_ms FROM cases WHERE case_key = :case_key
