-- Out of sight, with who and why; none when it was before.
UPDATE registry_photos SET removed_by = :removed_by, removed_ms = :removed_ms, removed_words = :removed_words
WHERE layer = :layer AND feature_id = :feature_id AND media_id = :media_id AND removed_ms IS NULL
