-- An organisation ends.
UPDATE organisations SET valid_to_ms = :at_ms WHERE code = :code AND (valid_to_ms IS NULL OR valid_to_ms > :at_ms)
