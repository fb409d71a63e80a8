-- Everything a sheet is the sum of.
SELECT line, rule, part, finding_key, case_key, day, shift, promised, present, quantity, points, cents FROM sheet_lines WHERE sheet_key = :sheet_key ORDER BY line
