-- What was asked of each base map on a day.
SELECT base_id, used FROM base_map_uses WHERE day = :day
