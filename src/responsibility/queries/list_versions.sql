-- What a row has said and when, newest first.
SELECT code, version, edition, kind, class_code, trade, filing_row, place_kind, place, side, shape, competent, owner, maintenance, valid_from, valid_to, source, note, origin,
       changed_ms, changed_by
FROM responsibility_rows WHERE code = :code
ORDER BY version DESC
