-- One line of a sheet.
INSERT INTO sheet_lines (sheet_key, line, rule, part, finding_key, case_key, day, shift, promised, present, quantity, points, cents)
VALUES (:sheet_key, :line, :rule, :part, :finding_key, :case_key, :day, :shift, :promised, :present, :quantity, :points, :cents)
