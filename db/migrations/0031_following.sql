-- 标准地址: which address of the address base a case's words mean, for duplicates; found once, after the report. A case without a row has none.
CREATE TABLE case_addresses (
    case_key BIGINT NOT NULL PRIMARY KEY,
    address_key TEXT NOT NULL,
    name TEXT NOT NULL
);
-- Up to which version of the cells a layer's features say in which cell they stand; 0: not known. Behind the version in force: the rest is done at the next start.
ALTER TABLE registry_layers ADD COLUMN followed BIGINT NOT NULL DEFAULT 0;
