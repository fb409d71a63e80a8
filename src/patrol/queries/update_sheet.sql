-- A draft counted anew.
UPDATE deduction_sheets SET version = version + 1, terms = :terms, points = :points, pay_cents = :pay_cents, deducted_cents = :deducted_cents, total_cents = :total_cents, made_by = :made_by, made_ms = :made_ms
WHERE sheet_key = :sheet_key AND state = 'draft'
