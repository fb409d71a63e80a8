-- How many cases were filed from a day on.
SELECT CAST(COALESCE(SUM(filed), 0) AS BIGINT) AS filed FROM filed_days WHERE day >= :day
