-- Full text of the knowledge base: bigrams as words.
CREATE VIRTUAL TABLE knowledge_search USING fts5(tokens);
