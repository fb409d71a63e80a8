-- What an inspector has found.
INSERT INTO findings (finding_id, body_hash, sample_key, case_key, kind, state, lon, lat, cell_code, distance_m, words, media, collector_id, lot_key, points, cents, inspector_id, found_ms,
    objection_until_ms, contest, objection, objection_media, decision)
VALUES (:finding_id, :body_hash, :sample_key, :case_key, :kind, :state, :lon, :lat, :cell_code, :distance_m, :words, :media, :collector_id, :lot_key, :points, :cents, :inspector_id, :found_ms,
    :objection_until_ms, :contest, '', '[]', '')
ON CONFLICT (finding_id) DO NOTHING RETURNING finding_key
