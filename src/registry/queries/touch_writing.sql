-- The publication goes on; none when it was taken away.
UPDATE registry_layers SET touched_ms = :now_ms WHERE layer = :layer AND writing = :writing AND owner = :owner
