-- How many numbers each platform has given on each day.
SELECT platform, day, last FROM case_sequences WHERE platform <> '' ORDER BY platform, day
