-- Another part's.
CREATE TABLE reserved_0021 (nothing BIGINT);
