-- Who reported, sealed.
SELECT sealed_name, sealed_phone, is_public, wants_call_back FROM case_contacts WHERE case_key = :case_key
