-- Until when a collector is with a lot.
UPDATE lot_collectors SET to_day = :to_day WHERE lot_key = :lot_key AND person_id = :person_id AND from_day = :from_day
