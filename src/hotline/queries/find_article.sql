-- An article's key and whether it may be used.
SELECT article_key, is_open FROM knowledge_articles WHERE article_id = :article_id
