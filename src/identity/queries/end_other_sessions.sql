-- Ends a person's sessions but one; 0 keeps none.
DELETE FROM sessions
WHERE person_key = :person_key AND session_key <> :kept_key
