-- One at a time goes on with a handover: who hands over and the job may both be at it.
UPDATE handovers SET begun_ms = begun_ms WHERE handover_key = :handover_key AND done_ms IS NULL
