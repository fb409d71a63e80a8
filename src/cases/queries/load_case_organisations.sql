-- The units that have a part in a case.
SELECT DISTINCT organisation FROM assignments WHERE assignment_key BETWEEN :first AND :last
