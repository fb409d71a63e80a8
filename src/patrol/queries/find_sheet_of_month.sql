-- The sheet of a lot and month.
SELECT sheet_key, sheet_id, state FROM deduction_sheets WHERE lot_key = :lot_key AND month = :month
