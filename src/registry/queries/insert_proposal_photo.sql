-- A photograph of a proposal.
INSERT INTO registry_proposal_photos (media_id, proposal_key) VALUES (:media_id, :proposal_key) ON CONFLICT (media_id, proposal_key) DO NOTHING
