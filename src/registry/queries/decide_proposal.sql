-- Merged or refused; none when it was decided before. What was new has an id then.
UPDATE registry_proposals SET state = :state, decided_by = :decided_by, decided_ms = :decided_ms, decided_words = :decided_words, version = :version,
feature_id = CASE WHEN feature_id = '' THEN :feature_id ELSE feature_id END WHERE proposal_id = :proposal_id AND state = 'open'
