-- A case that is to be handed on.
INSERT INTO handover_items (handover_key, case_key, stage, outcome) VALUES (:handover_key, :case_key, :stage, 'waiting')
