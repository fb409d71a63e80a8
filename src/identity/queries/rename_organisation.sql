-- A new name.
UPDATE organisations SET name = :name, short_name = :short_name WHERE code = :code
