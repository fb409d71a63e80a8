-- Open cases are counted by state from an index that holds both, for whoever watches the numbers.
CREATE INDEX cases_open_state ON cases (state, is_open) WHERE is_open = 1;
