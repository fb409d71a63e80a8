-- Who answers for a kind of responsibility where.
INSERT INTO responsible_units (kind, place, organisation) VALUES (:kind, :place, :organisation)
ON CONFLICT (kind, place) DO UPDATE SET organisation = excluded.organisation
