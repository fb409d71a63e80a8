-- The same person for the same area and shift on one of these days.
SELECT duty_id FROM registry_duty WHERE area_id = :area_id AND shift = :shift AND person_id = :person_id AND from_day <= :to_day AND to_day >= :from_day AND from_day <= to_day LIMIT 1
