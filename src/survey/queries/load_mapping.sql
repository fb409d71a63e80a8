-- Which column was which field the last time.
SELECT mapping
FROM survey_mappings
WHERE layer = :layer AND columns_digest = :columns_digest
