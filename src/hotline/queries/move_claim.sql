-- A claim passes to the next shift, when it is still the giver's.
UPDATE case_claims SET person_id = :to_id, claimed_ms = :now, until_ms = :until_ms WHERE case_key = :case_key AND person_id = :from_id AND stage = :stage
