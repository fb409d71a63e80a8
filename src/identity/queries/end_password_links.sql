-- Ends the links of a person that were not used.
DELETE FROM password_links WHERE person_key = :person_key AND used_ms IS NULL
