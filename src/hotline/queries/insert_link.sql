-- A repeat: the same kind of problem was in the same place before.
INSERT INTO case_links (case_key, earlier_key, metres, days) VALUES (:case_key, :earlier_key, :metres, :days) ON CONFLICT (case_key, earlier_key) DO NOTHING
