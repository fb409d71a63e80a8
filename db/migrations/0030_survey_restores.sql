-- An older version brought back is work like a survey's publication; rows without coordinates are located by a column of addresses.
ALTER TABLE survey_imports ADD COLUMN restores BIGINT NOT NULL DEFAULT 0;
ALTER TABLE survey_imports ADD COLUMN base_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE survey_imports ADD COLUMN address_column TEXT NOT NULL DEFAULT '';
