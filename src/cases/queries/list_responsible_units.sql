-- Who answers for which kind of responsibility where.
SELECT kind, district, organisation FROM responsible_units
