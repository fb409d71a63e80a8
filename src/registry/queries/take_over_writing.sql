-- What somebody left half written is cleared away by another, who is one alone.
UPDATE registry_layers SET owner = :owner, touched_ms = :now_ms WHERE layer = :layer AND writing = :writing AND owner = :old_owner
