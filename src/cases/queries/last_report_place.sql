-- Where somebody reported last.
SELECT lon, lat FROM cases WHERE reporter_id = :person_id ORDER BY case_key DESC LIMIT 1
