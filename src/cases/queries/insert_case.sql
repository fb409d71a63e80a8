-- A new case with everything its report step says.
INSERT INTO cases (
    case_id, version, platform, epoch, state, resume_to, edition, kind, class_code, filing_row,
    asset_id, source, level, raw_lon, raw_lat, coord_type, lon, lat, cell_code, community_code,
    district_code, area_class, address, reporter_id, reported_ms, observed_ms, accepted_ms,
    accepted_day, filed_ms, handled_ms, closed_ms, rules_version, rework_count, redispatch_count,
    send_back_count, remind_count, supervise_count, is_deferred, is_appealed, is_simple,
    suspended_until_ms, acted_for, is_disputed, red_line, ruled_unit, ruled_center, merged_into,
    hold_decision, hold_stages, excluded_by, is_open, stage, stage_deadline_ms,
    stage_yellow_ms, handling_deadline_ms, handling_yellow_ms, unit, description, report_hash,
    chain, photo_id, is_simulated)
VALUES (
    :case_id, :version, :platform, :epoch, :state, :resume_to, :edition, :kind, :class_code,
    :filing_row, :asset_id, :source, :level, :raw_lon, :raw_lat, :coord_type, :lon, :lat,
    :cell_code, :community_code, :district_code, :area_class, :address, :reporter_id, :reported_ms,
    :observed_ms, :accepted_ms, :accepted_day, :filed_ms, :handled_ms, :closed_ms, :rules_version,
    :rework_count, :redispatch_count, :send_back_count, :remind_count, :supervise_count, :is_deferred, :is_appealed,
    :is_simple, :suspended_until_ms, :acted_for, :is_disputed, :red_line, :ruled_unit, :ruled_center, :merged_into,
    :hold_decision, :hold_stages, :excluded_by, :is_open, :stage, :stage_deadline_ms, :stage_yellow_ms, :handling_deadline_ms,
    :handling_yellow_ms, :unit, :description, :report_hash, :chain, :photo_id, :is_simulated)
ON CONFLICT (case_id) DO NOTHING
RETURNING case_key
