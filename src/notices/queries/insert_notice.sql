-- A notice for the outbox; the same one once.
INSERT INTO notices (notice_id, cause, recipient, channel, person_id, case_key, seq, template, event, audience, is_urgent, subject, body, state, made_ms, due_ms, attempts, sent_ms, reason, detail)
VALUES (:notice_id, :cause, :recipient, :channel, :person_id, :case_key, :seq, :template, :event, :audience, :is_urgent, :subject, :body, :state, :made_ms, :due_ms, 0, :sent_ms, '', '')
ON CONFLICT (cause, recipient, channel) DO NOTHING
