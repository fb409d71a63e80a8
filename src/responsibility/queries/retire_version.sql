-- The version that another takes the place of; none when it is not the newest.
UPDATE responsibility_rows SET is_current = 0 WHERE code = :code AND version = :version AND is_current = 1
