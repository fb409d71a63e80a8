-- Ends one session of a person.
DELETE FROM sessions
WHERE session_key = :session_key AND person_key = :person_key
