-- Gives a case its number, once.
UPDATE cases SET case_no = :case_no WHERE case_key = :case_key AND case_no IS NULL
