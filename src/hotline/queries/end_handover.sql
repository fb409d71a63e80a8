-- Everything has been handed on.
UPDATE handovers SET done_ms = :now WHERE handover_key = :handover_key AND done_ms IS NULL
