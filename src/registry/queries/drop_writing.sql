-- A publication that came to nothing.
UPDATE registry_layers SET writing = 0, owner = '' WHERE layer = :layer AND writing = :writing AND owner = :owner
