-- Stores a unit grid cell.
INSERT INTO grid_cells (code, community_code, outline, west, south, east, north, area_m2, initial_date, terminal_date)
VALUES (:code, :community_code, :outline, :west, :south, :east, :north, :area_m2, :initial_date, :terminal_date)
