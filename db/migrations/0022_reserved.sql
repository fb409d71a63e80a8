-- Another part's.
CREATE TABLE reserved_0022 (nothing BIGINT);
