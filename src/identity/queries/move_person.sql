-- A person goes to another organisation, with their posts.
UPDATE people SET organisation_key = :organisation_key, changed_ms = :at_ms WHERE person_id = :person_id
