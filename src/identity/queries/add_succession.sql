-- Who took over from whom.
INSERT INTO organisation_successions (organisation_key, successor_key, from_ms)
SELECT a.organisation_key, b.organisation_key, :at_ms FROM organisations a JOIN organisations b ON b.code = :to_code WHERE a.code = :from_code
ON CONFLICT (organisation_key, successor_key) DO NOTHING
