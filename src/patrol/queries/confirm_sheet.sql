-- Confirmed by a second person: from now on it stays.
UPDATE deduction_sheets SET state = 'confirmed', number = :number, confirmed_by = :confirmed_by, confirmed_ms = :confirmed_ms, sm3 = :sm3
WHERE sheet_key = :sheet_key AND state = 'draft' AND version = :version
