-- Who is whose collector since when.
SELECT lot_key, person_id, from_day, to_day FROM lot_collectors ORDER BY lot_collector_key
