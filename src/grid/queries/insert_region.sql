-- Stores a region.
INSERT INTO regions (code, name, level, parent_code, managed_by_code, area_class, label_lon, label_lat, outline, initial_date, terminal_date)
VALUES (:code, :name, :level, :parent_code, :managed_by_code, :area_class, :label_lon, :label_lat, :outline, :initial_date, :terminal_date)
