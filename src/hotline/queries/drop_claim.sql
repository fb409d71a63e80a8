-- A claim is given up.
DELETE FROM case_claims WHERE case_key = :case_key
