-- Every organisation, for the directory.
SELECT organisation_key, code, name, kind, parent_key, region_code, valid_from_ms, valid_to_ms,
    short_name
FROM organisations
ORDER BY organisation_key
