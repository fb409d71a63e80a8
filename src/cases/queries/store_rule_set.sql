-- Keeps a loaded rule set under its SM3.
INSERT INTO rule_sets (version_sm3, loaded_ms, files) VALUES (:version_sm3, :loaded_ms, :files)
ON CONFLICT (version_sm3) DO NOTHING
