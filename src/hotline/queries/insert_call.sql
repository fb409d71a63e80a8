-- A call as it was taken.
INSERT INTO hotline_calls (call_id, body_hash, sealed_phone, sealed_name, phone_index, called_ms, outside_call_id, recording, source, level, topic,
    outside_no, outside_due_ms, is_public, wants_call_back, outcome, case_key, question, answer, article_key, operator_id, recorded_ms)
VALUES (:call_id, :body_hash, :sealed_phone, :sealed_name, :phone_index, :called_ms, :outside_call_id, :recording, :source, :level, :topic,
    :outside_no, :outside_due_ms, :is_public, :wants_call_back, :outcome, :case_key, :question, :answer, :article_key, :operator_id, :recorded_ms)
ON CONFLICT (call_id) DO NOTHING
