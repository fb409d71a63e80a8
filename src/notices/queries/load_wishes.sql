-- By which ways a person can be reached and wants to be.
SELECT CASE WHEN p.phone_sealed IS NULL THEN 0 ELSE 1 END AS has_phone, CASE WHEN w.sealed_email IS NULL THEN 0 ELSE 1 END AS has_address, COALESCE(w.has_email, 1) AS has_email, COALESCE(w.has_sms, 1) AS has_sms, COALESCE(w.language, 'zh') AS language
FROM people p LEFT JOIN notice_preferences w ON w.person_id = p.person_id
WHERE p.person_id = :person_id
