-- Merged into another, or no longer.
UPDATE cases SET merged_into = :merged_into WHERE case_key = :case_key
