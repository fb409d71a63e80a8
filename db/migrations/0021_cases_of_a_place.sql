-- What was reported in a cell lately: duplicates and repeats. By time, so that years of history are not walked through.
DROP INDEX cases_cell;
CREATE INDEX cases_cell ON cases (cell_code, reported_ms);
