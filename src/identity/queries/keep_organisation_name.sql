-- The name that an organisation has until now goes into its history.
INSERT INTO organisation_names (organisation_key, until_ms, name, short_name)
SELECT organisation_key, :at_ms, name, short_name FROM organisations WHERE code = :code
ON CONFLICT (organisation_key, until_ms) DO NOTHING
