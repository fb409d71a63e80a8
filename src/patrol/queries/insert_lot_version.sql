-- What a lot's terms were from now on.
INSERT INTO lot_versions (lot_key, version, terms, changed_by, changed_ms) VALUES (:lot_key, :version, :terms, :changed_by, :changed_ms)
