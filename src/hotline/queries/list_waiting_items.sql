-- The next cases that have not been handed on yet.
SELECT case_key, stage FROM handover_items WHERE handover_key = :handover_key AND outcome = 'waiting' ORDER BY case_key LIMIT 200
