-- What was closed from a day to a day is drawn from without looking at every case.
CREATE INDEX cases_closed ON cases (closed_ms) WHERE closed_ms IS NOT NULL;
