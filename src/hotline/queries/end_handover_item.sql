-- moved, or gone: finished or taken by somebody meanwhile.
UPDATE handover_items SET outcome = :outcome WHERE handover_key = :handover_key AND case_key = :case_key
