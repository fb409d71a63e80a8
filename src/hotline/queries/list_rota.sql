-- Who is on duty in a span of days.
SELECT day, shift, person_id FROM rota WHERE day >= :from_day AND day <= :to_day ORDER BY day, shift
