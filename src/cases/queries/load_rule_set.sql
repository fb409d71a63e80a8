-- The files of a rule set.
SELECT files FROM rule_sets WHERE version_sm3 = :version_sm3
