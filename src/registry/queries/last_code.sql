-- The highest code there has ever been between two.
SELECT MAX(id) AS last FROM registry_features WHERE layer = :layer AND id >= :least AND id <= :most
