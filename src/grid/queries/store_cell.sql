-- Stores a unit grid cell as in force; one that began on the same day is replaced.
INSERT INTO grid_cells (code, community_code, outline, west, south, east, north, area_m2, initial_date, terminal_date)
VALUES (:code, :community_code, :outline, :west, :south, :east, :north, :area_m2, :initial_date, '')
ON CONFLICT (code, initial_date) DO UPDATE SET community_code = excluded.community_code, outline = excluded.outline,
    west = excluded.west, south = excluded.south, east = excluded.east, north = excluded.north,
    area_m2 = excluded.area_m2, terminal_date = excluded.terminal_date
