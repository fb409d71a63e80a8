-- The first draft of a lot's month.
INSERT INTO deduction_sheets (sheet_id, version, lot_key, month, state, terms, points, pay_cents, deducted_cents, total_cents, made_by, made_ms, sm3)
VALUES (:sheet_id, 1, :lot_key, :month, 'draft', :terms, :points, :pay_cents, :deducted_cents, :total_cents, :made_by, :made_ms, '')
ON CONFLICT DO NOTHING RETURNING sheet_key
