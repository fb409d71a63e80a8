-- One line of the access log.
INSERT INTO access_log (at_ms, person_key, act, subject, remote_address, outcome)
VALUES (:at_ms, :person_key, :act, :subject, :remote_address, :outcome)
