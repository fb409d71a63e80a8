-- How many photographs of a feature are shown and how many are removed from view.
SELECT COALESCE(SUM(CASE WHEN removed_ms IS NULL THEN 1 ELSE 0 END), 0) AS shown, COALESCE(SUM(CASE WHEN removed_ms IS NULL THEN 0 ELSE 1 END), 0) AS removed
FROM registry_photos WHERE layer = :layer AND feature_id = :feature_id
