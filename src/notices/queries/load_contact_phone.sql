-- The telephone number that a reporter left, sealed.
SELECT sealed_phone FROM case_contacts WHERE case_key = :case_key
