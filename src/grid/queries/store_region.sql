-- Stores a region as in force; one that began on the same day is replaced.
INSERT INTO regions (code, name, level, parent_code, managed_by_code, area_class, label_lon, label_lat, outline, initial_date, terminal_date)
VALUES (:code, :name, :level, :parent_code, :managed_by_code, :area_class, :label_lon, :label_lat, :outline, :initial_date, '')
ON CONFLICT (code, initial_date) DO UPDATE SET name = excluded.name, level = excluded.level,
    parent_code = excluded.parent_code, managed_by_code = excluded.managed_by_code, area_class = excluded.area_class,
    label_lon = excluded.label_lon, label_lat = excluded.label_lat, outline = excluded.outline,
    terminal_date = excluded.terminal_date
