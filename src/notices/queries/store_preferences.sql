-- What a person wants of notices from now on.
INSERT INTO notice_preferences (person_id, sealed_email, has_email, has_sms, language, changed_ms)
VALUES (:person_id, :sealed_email, :has_email, :has_sms, :language, :changed_ms)
ON CONFLICT (person_id) DO UPDATE SET sealed_email = excluded.sealed_email, has_email = excluded.has_email, has_sms = excluded.has_sms, language = excluded.language, changed_ms = excluded.changed_ms
