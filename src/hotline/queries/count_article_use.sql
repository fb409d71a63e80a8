-- An answer was given from it.
UPDATE knowledge_articles SET used_count = used_count + 1 WHERE article_key = :article_key
