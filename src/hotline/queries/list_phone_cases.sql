-- What was reported from a telephone, newest first.
SELECT case_key FROM case_contacts WHERE phone_index = :digits OR phone_index = :typed ORDER BY case_key DESC LIMIT 20
