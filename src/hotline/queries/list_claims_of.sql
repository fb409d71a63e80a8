-- What a person has in hand, with the stage that is open now.
SELECT k.case_key, k.stage FROM case_claims k JOIN cases c ON c.case_key = k.case_key
WHERE k.person_id = :person_id AND k.until_ms > :now AND c.is_open = 1 AND c.stage = k.stage ORDER BY k.case_key
