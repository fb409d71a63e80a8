-- A proposal from the field.
INSERT INTO registry_proposals (proposal_id, body_hash, layer, kind, feature_id, content, words, media, district_code, made_by, organisation, made_ms, state, decided_words)
VALUES (:proposal_id, :body_hash, :layer, :kind, :feature_id, :content, :words, :media, :district_code, :made_by, :organisation, :made_ms, 'open', '')
ON CONFLICT (proposal_id) DO NOTHING RETURNING proposal_key
