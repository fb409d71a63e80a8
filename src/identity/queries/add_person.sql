-- A new person; one with the same login or id is left alone.
INSERT INTO people (person_id, login, name_sealed, phone_sealed, phone_index, organisation_key, password_hash,
                    must_change_password, is_active, created_ms, changed_ms)
VALUES (:person_id, :login, :name_sealed, :phone_sealed, :phone_index, :organisation_key, :password_hash,
        :must_change_password, 1, :now_ms, :now_ms)
ON CONFLICT DO NOTHING
RETURNING person_key
