-- Another part's.
CREATE TABLE reserved_0022 (reserved BIGINT);
