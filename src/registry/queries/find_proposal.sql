-- One proposal.
SELECT proposal_key, proposal_id, body_hash, layer, kind, feature_id, content, words, media, district_code, made_by, organisation, made_ms, state, decided_by, decided_ms, decided_words, version FROM registry_proposals WHERE proposal_id = :proposal_id
