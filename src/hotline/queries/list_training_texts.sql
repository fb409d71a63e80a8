-- What the city's own closed cases say, with the class they ended with; the newest first.
SELECT description, edition, kind, class_code FROM cases WHERE state = 'closed' AND class_code <> '' ORDER BY case_key DESC LIMIT :rows
