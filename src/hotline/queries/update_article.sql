-- An article in new words; only of the version that was seen.
UPDATE knowledge_articles SET version = version + 1, question = :question, answer = :answer, kind = :kind, class_code = :class_code, source = :source,
    valid_from = :valid_from, valid_to = :valid_to, is_open = :is_open, changed_by = :changed_by, changed_ms = :changed_ms
WHERE article_id = :article_id AND version = :version
