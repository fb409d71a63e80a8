-- Who is at a case.
SELECT stage, person_id, claimed_ms, until_ms FROM case_claims WHERE case_key = :case_key
