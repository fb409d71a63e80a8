-- A drawn case has been looked at.
UPDATE sample_items SET finding_key = :finding_key WHERE sample_key = :sample_key AND case_key = :case_key AND finding_key IS NULL
