-- The bigrams of an article.
INSERT INTO knowledge_search (article_key, tokens) VALUES (:article_key, to_tsvector('simple', :tokens))
ON CONFLICT (article_key) DO UPDATE SET tokens = excluded.tokens
