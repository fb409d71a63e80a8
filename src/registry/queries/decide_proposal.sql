-- Merged or refused; none when it was decided before.
UPDATE registry_proposals SET state = :state, decided_by = :decided_by, decided_ms = :decided_ms, decided_words = :decided_words, version = :version WHERE proposal_id = :proposal_id AND state = 'open'
