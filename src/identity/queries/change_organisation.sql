-- Writes an organisation's master data.
UPDATE organisations
SET name = :name, kind = :kind, parent_key = :parent_key, region_code = :region_code
WHERE organisation_key = :organisation_key
