-- What an inbox counts and sorts lies in the indexes of open work: those given to a role, those given to a person.
DROP INDEX case_clocks_open;
CREATE INDEX case_clocks_open ON case_clocks (organisation, role, stage, deadline_ms, yellow_ms, person_id, stopped_ms)
    WHERE stopped_ms IS NULL;
CREATE INDEX case_clocks_person ON case_clocks (person_id, stage, deadline_ms, yellow_ms, stopped_ms)
    WHERE stopped_ms IS NULL AND person_id IS NOT NULL;
-- Lists by urgency go by the deadline of the stage; nothing asks for the handling deadline in order.
DROP INDEX cases_open_deadline;
CREATE INDEX cases_open_deadline ON cases (stage_deadline_ms, case_key) WHERE is_open = 1;
