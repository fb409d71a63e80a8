-- Roll calls of a lot, later ones behind.
SELECT day, shift, people, words FROM roll_calls WHERE lot_key = :lot_key AND day >= :from_day AND day <= :to_day ORDER BY roll_call_key
