-- The number of a publication; none while another is being written.
UPDATE registry_layers SET writing = version + 1, owner = :owner, touched_ms = :now_ms WHERE layer = :layer AND writing = 0 RETURNING writing
