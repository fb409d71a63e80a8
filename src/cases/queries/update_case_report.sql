-- What the report said: seldom changed by a step.
UPDATE cases SET
    platform = :platform, asset_id = :asset_id, source = :source, level = :level, raw_lon = :raw_lon, raw_lat = :raw_lat,
    coord_type = :coord_type, lon = :lon, lat = :lat, cell_code = :cell_code,
    community_code = :community_code, district_code = :district_code, area_class = :area_class,
    address = :address, reporter_id = :reporter_id, reported_ms = :reported_ms, observed_ms = :observed_ms
WHERE case_key = :case_key
