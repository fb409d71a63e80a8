-- The regions in force, from the city down.
SELECT code, name, level, parent_code, managed_by_code, area_class, label_lon, label_lat, outline, initial_date, terminal_date FROM regions WHERE terminal_date = '' ORDER BY level, code
