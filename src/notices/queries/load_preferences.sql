-- What a person wants of notices, and whether a telephone number is known.
SELECT w.sealed_email, COALESCE(w.has_email, 1) AS has_email, COALESCE(w.has_sms, 1) AS has_sms, COALESCE(w.language, 'zh') AS language, p.phone_sealed
FROM people p LEFT JOIN notice_preferences w ON w.person_id = p.person_id WHERE p.person_id = :person_id
