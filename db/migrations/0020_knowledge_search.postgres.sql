-- Full text of the knowledge base: bigrams as words.
CREATE TABLE knowledge_search (
    article_key BIGINT PRIMARY KEY,
    tokens TSVECTOR NOT NULL
);
CREATE INDEX knowledge_search_tokens ON knowledge_search USING GIN (tokens);
