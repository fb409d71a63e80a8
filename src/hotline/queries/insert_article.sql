-- A question with its answer.
INSERT INTO knowledge_articles (article_id, version, question, answer, kind, class_code, source, valid_from, valid_to, is_open, used_count, changed_by, changed_ms)
VALUES (:article_id, 1, :question, :answer, :kind, :class_code, :source, :valid_from, :valid_to, :is_open, 0, :changed_by, :changed_ms)
ON CONFLICT (article_id) DO NOTHING RETURNING article_key
