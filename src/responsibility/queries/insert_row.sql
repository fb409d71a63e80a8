-- A version of a row.
INSERT INTO responsibility_rows (code, version, is_current, edition, kind, class_code, trade, filing_row, place_kind, place, side, shape, competent, owner, maintenance,
                                 valid_from, valid_to, source, note, origin, changed_ms, changed_by)
VALUES (:code, :version, 1, :edition, :kind, :class_code, :trade, :filing_row, :place_kind, :place, :side, :shape, :competent, :owner, :maintenance,
        :valid_from, :valid_to, :source, :note, :origin, :changed_ms, :changed_by)
