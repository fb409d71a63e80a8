-- Whether a photograph belongs to a proposal.
SELECT proposal_key FROM registry_proposal_photos WHERE media_id = :media_id
