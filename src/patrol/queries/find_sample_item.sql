-- Whether a case was drawn and what was found.
SELECT position, finding_key FROM sample_items WHERE sample_key = :sample_key AND case_key = :case_key
