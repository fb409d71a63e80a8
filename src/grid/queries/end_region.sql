-- Ends a region that is in force.
UPDATE regions SET terminal_date = :terminal_date WHERE code = :code AND terminal_date = ''
