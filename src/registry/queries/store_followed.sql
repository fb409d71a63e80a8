-- A layer's features follow the cells up to a version; not where an earlier change of the cells has not been followed yet.
UPDATE registry_layers SET followed = :followed WHERE layer = :layer AND followed < :followed AND (followed = 0 OR followed >= :since)
