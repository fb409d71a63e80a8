-- Ends every session: whoever was signed in when a backup was made must sign in again.
DELETE FROM sessions
