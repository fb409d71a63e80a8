-- The sheets, newest month first.
SELECT sheet_key, sheet_id, version, lot_key, month, state, number, terms, points, pay_cents, deducted_cents, total_cents, made_by, made_ms, confirmed_by, confirmed_ms, sm3
FROM deduction_sheets ORDER BY month DESC, sheet_key LIMIT 1000
