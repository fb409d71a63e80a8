-- A lot's terms, unless somebody was faster.
UPDATE contractor_lots SET version = version + 1, name = :name, organisation = :organisation, contract_no = :contract_no, valid_from = :valid_from, valid_to = :valid_to, regions = :regions,
    promises = :promises, month_fee_cents = :month_fee_cents, unit_price_cents = :unit_price_cents, changed_by = :changed_by, changed_ms = :changed_ms
WHERE lot_id = :lot_id AND version = :version
