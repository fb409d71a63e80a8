-- Who answers for which kind of responsibility where.
SELECT kind, place, organisation FROM responsible_units
