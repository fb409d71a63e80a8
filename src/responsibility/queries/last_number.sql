-- How many versions there have been: the next row's number is beyond.
SELECT COALESCE(MAX(row_key), 0) AS last FROM responsibility_rows
