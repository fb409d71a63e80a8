-- Into sight again; none when it was not removed.
UPDATE registry_photos SET removed_by = NULL, removed_ms = NULL, removed_words = ''
WHERE layer = :layer AND feature_id = :feature_id AND media_id = :media_id AND removed_ms IS NOT NULL
