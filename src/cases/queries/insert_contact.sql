-- Who reported, sealed; never in the chain's text, search or streams.
INSERT INTO case_contacts (case_key, sealed_name, sealed_phone, phone_index, is_public, wants_call_back)
VALUES (:case_key, :sealed_name, :sealed_phone, :phone_index, :is_public, :wants_call_back)
