-- Work that was given to a person, found without walking through everybody's: what an inbox counts lies in the index.
CREATE INDEX case_clocks_person ON case_clocks (person_id, deadline_ms, stage, yellow_ms)
    WHERE stopped_ms IS NULL AND person_id IS NOT NULL;
-- Lists by urgency go by the deadline of the stage; nothing asks for the handling deadline in order.
DROP INDEX cases_open_deadline;
CREATE INDEX cases_open_deadline ON cases (stage_deadline_ms, case_key) WHERE is_open = 1;
