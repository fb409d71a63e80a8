-- The cells in force, in the order of their codes.
SELECT code, community_code, outline, area_m2, initial_date, terminal_date
FROM grid_cells WHERE terminal_date = '' ORDER BY code
