-- Where a person is reached, sealed.
SELECT p.phone_sealed, w.sealed_email FROM people p LEFT JOIN notice_preferences w ON w.person_id = p.person_id WHERE p.person_id = :person_id
