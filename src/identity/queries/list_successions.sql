-- Who took over from whom.
SELECT organisation_key, successor_key FROM organisation_successions
ORDER BY organisation_key, successor_key
