-- A photograph was removed from view or shown again.
INSERT INTO registry_photo_acts (photo_key, act, made_by, made_ms, words) VALUES (:photo_key, :act, :made_by, :made_ms, :words)
