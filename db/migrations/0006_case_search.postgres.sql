-- Full text: bigrams as words, filled from the feed.
CREATE TABLE case_search (
    case_key BIGINT PRIMARY KEY,
    tokens TSVECTOR NOT NULL
);
CREATE INDEX case_search_tokens ON case_search USING GIN (tokens);
