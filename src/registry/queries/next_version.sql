-- The number of an edit; none while a publication is being written.
UPDATE registry_layers SET version = version + 1 WHERE layer = :layer AND writing = 0 RETURNING version
