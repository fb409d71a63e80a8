-- Writes a person's master data.
UPDATE people
SET name_sealed = :name_sealed, phone_sealed = :phone_sealed, phone_index = :phone_index,
    organisation_key = :organisation_key, is_active = :is_active, changed_ms = :now_ms
WHERE person_key = :person_key
