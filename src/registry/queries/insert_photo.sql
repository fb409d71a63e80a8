-- A photograph of a feature; none when it has it already.
INSERT INTO registry_photos (media_id, layer, feature_id, at_ms, words, proposal_id, made_by, organisation, made_ms, removed_words)
VALUES (:media_id, :layer, :feature_id, :at_ms, :words, :proposal_id, :made_by, :organisation, :made_ms, '')
ON CONFLICT (layer, feature_id, media_id) DO NOTHING
