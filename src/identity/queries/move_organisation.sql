-- An organisation goes below another.
UPDATE organisations SET parent_key = :parent_key WHERE code = :code
