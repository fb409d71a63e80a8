-- A new lot.
INSERT INTO contractor_lots (lot_id, version, code, name, organisation, contract_no, valid_from, valid_to, regions, promises, month_fee_cents, unit_price_cents, changed_by, changed_ms)
VALUES (:lot_id, 1, :code, :name, :organisation, :contract_no, :valid_from, :valid_to, :regions, :promises, :month_fee_cents, :unit_price_cents, :changed_by, :changed_ms)
ON CONFLICT DO NOTHING RETURNING lot_key
