-- Which standard address a case's words mean; found once.
INSERT INTO case_addresses (case_key, address_key, name) VALUES (:case_key, :address_key, :name) ON CONFLICT (case_key) DO NOTHING
