-- The publication is in force.
UPDATE registry_layers SET version = :writing, writing = 0, owner = '' WHERE layer = :layer AND writing = :writing AND owner = :owner
