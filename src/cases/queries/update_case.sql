-- What a step has changed; the version was moved on before.
UPDATE cases SET
    platform = :platform, epoch = :epoch, state = :state, resume_to = :resume_to,
    edition = :edition, kind = :kind, class_code = :class_code, filing_row = :filing_row,
    asset_id = :asset_id, source = :source, level = :level, raw_lon = :raw_lon, raw_lat = :raw_lat,
    coord_type = :coord_type, lon = :lon, lat = :lat, cell_code = :cell_code,
    community_code = :community_code, district_code = :district_code, area_class = :area_class,
    address = :address, reporter_id = :reporter_id, reported_ms = :reported_ms,
    observed_ms = :observed_ms, accepted_ms = :accepted_ms, accepted_day = :accepted_day,
    filed_ms = :filed_ms, handled_ms = :handled_ms, closed_ms = :closed_ms,
    rules_version = :rules_version, rework_count = :rework_count,
    redispatch_count = :redispatch_count, send_back_count = :send_back_count,
    remind_count = :remind_count, supervise_count = :supervise_count, is_deferred = :is_deferred, is_appealed = :is_appealed,
    is_simple = :is_simple, suspended_until_ms = :suspended_until_ms, acted_for = :acted_for,
    is_open = :is_open, stage = :stage, stage_deadline_ms = :stage_deadline_ms,
    stage_yellow_ms = :stage_yellow_ms, handling_deadline_ms = :handling_deadline_ms,
    handling_yellow_ms = :handling_yellow_ms, unit = :unit, chain = :chain
WHERE case_key = :case_key
