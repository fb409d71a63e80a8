-- Holds the row until the end of the transaction: nobody merges two cases into each other.
UPDATE cases SET version = version WHERE case_key = :case_key
