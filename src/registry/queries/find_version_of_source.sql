-- The version a proposal was merged as.
SELECT version FROM registry_versions WHERE layer = :layer AND kind = 'proposal' AND source = :source
