-- A line of the damage census.
INSERT INTO damage_entries (
    entry_id, body_hash, mode_key, kind, lon, lat, cell_code, community_code, district_code, address, amount,
    estimate_yuan, media, note, person_id, organisation, found_ms, recorded_ms, struck_words)
VALUES (
    :entry_id, :body_hash, :mode_key, :kind, :lon, :lat, :cell_code, :community_code, :district_code, :address, :amount,
    :estimate_yuan, :media, :note, :person_id, :organisation, :found_ms, :recorded_ms, '')
RETURNING entry_key
