-- Who answers for a kind of responsibility in a district.
INSERT INTO responsible_units (kind, district, organisation) VALUES (:kind, :district, :organisation)
ON CONFLICT (kind, district) DO UPDATE SET organisation = excluded.organisation
