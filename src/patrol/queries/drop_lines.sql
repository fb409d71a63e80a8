-- Of a draft that is counted anew.
DELETE FROM sheet_lines WHERE sheet_key = :sheet_key
