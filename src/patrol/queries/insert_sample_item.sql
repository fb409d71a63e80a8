-- A drawn case.
INSERT INTO sample_items (sample_key, position, case_key, case_id) VALUES (:sample_key, :position, :case_key, :case_id)
