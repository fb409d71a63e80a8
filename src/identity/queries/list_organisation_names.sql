-- What organisations were called before, in the order of time.
SELECT organisation_key, until_ms, name, short_name FROM organisation_names
ORDER BY organisation_key, until_ms
