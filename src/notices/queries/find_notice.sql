-- A notice of the outbox by its id.
SELECT notice_key, state, channel, case_key FROM notices WHERE notice_id = :notice_id
