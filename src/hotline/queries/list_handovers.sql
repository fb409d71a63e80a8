-- The newest handovers with what became of their cases.
SELECT h.handover_id, h.from_id, h.to_id, h.begun_ms, h.done_ms, h.words,
    (SELECT COUNT(*) FROM handover_items i WHERE i.handover_key = h.handover_key) AS cases,
    (SELECT COUNT(*) FROM handover_items i WHERE i.handover_key = h.handover_key AND i.outcome = 'moved') AS moved
FROM handovers h ORDER BY h.handover_key DESC LIMIT 50
