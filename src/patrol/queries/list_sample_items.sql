-- The work list of a draw.
SELECT i.position, i.case_key, i.case_id, f.finding_id, f.kind, f.state, f.found_ms, f.inspector_id
FROM sample_items i LEFT JOIN findings f ON f.finding_key = i.finding_key WHERE i.sample_key = :sample_key ORDER BY i.position
