-- Another part's.
CREATE TABLE reserved_0021 (reserved BIGINT);
