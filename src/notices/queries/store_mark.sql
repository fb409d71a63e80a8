-- How far one of the jobs is from now on.
INSERT INTO notice_marks (name, at_ms) VALUES (:name, :at_ms) ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms
