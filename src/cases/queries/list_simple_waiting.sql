-- Simple cases that were handled and wait for nobody but the archive.
SELECT case_id, version FROM cases
WHERE case_key IN (SELECT w.case_key FROM case_clocks w
                   WHERE w.stopped_ms IS NULL AND w.stage = 'archive' AND w.role = 'intake_operator' AND w.organisation = :center)
ORDER BY case_key LIMIT 500
