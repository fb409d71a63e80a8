-- Full text: bigrams as words, filled from the feed.
CREATE VIRTUAL TABLE case_search USING fts5(tokens);
