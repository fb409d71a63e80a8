-- A case as a problem in a place, for duplicates and repeats.
SELECT c.case_key, c.state, c.edition, c.kind, c.class_code, c.asset_id, c.lon, c.lat, c.address, c.description, c.reported_ms, c.closed_ms, COALESCE(a.address_key, '') AS address_key, COALESCE(a.name, '') AS address_name
FROM cases c LEFT JOIN case_addresses a ON a.case_key = c.case_key
WHERE c.case_key = :case_key
