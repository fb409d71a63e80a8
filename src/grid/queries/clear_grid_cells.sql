-- Empties the table before a whole city is stored.
DELETE FROM grid_cells
