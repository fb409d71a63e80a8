-- 并案: a case that another stands for; and what lies in the same place, for duplicates and repeats.
ALTER TABLE cases ADD COLUMN merged_into {{blob}};
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX cases_cell ON cases (cell_code, case_key);
