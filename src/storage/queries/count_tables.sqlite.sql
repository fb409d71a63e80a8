-- How many tables the database has.
SELECT COUNT(*) AS tables FROM sqlite_master WHERE type = 'table'
