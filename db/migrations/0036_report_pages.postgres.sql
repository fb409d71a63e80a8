-- Open cases are counted by state in the index of their districts: one index fewer for each report.
DROP INDEX cases_open_state;
DROP INDEX cases_open_district;
CREATE INDEX cases_open_district ON cases (district_code, case_key, state, is_open) WHERE is_open = 1;
