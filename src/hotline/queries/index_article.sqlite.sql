-- The bigrams of an article.
INSERT OR REPLACE INTO knowledge_search (rowid, tokens) VALUES (:article_key, :tokens)
