-- Ends a cell that is in force.
UPDATE grid_cells SET terminal_date = :terminal_date WHERE code = :code AND terminal_date = ''
