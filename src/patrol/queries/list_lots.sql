-- Every lot.
SELECT lot_key, lot_id, version, code, name, organisation, contract_no, valid_from, valid_to, regions, promises, month_fee_cents, unit_price_cents FROM contractor_lots ORDER BY code
