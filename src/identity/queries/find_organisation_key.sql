-- The key of an organisation's code.
SELECT organisation_key
FROM organisations
WHERE code = :code
