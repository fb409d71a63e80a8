-- The list as it stands.
SELECT code, version, edition, kind, class_code, trade, filing_row, place_kind, place, side, shape, competent, owner, maintenance, valid_from, valid_to, source, note, origin,
       changed_ms, changed_by
FROM responsibility_rows WHERE is_current = 1
ORDER BY row_key
