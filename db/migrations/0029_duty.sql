-- 责任网格排班: who looks after which duty area on which shift, from day to day; what ends stays.
CREATE TABLE registry_duty (
    duty_key {{key}},
    duty_id {{blob}} NOT NULL UNIQUE,
    area_id {{text_c}} NOT NULL,
    shift {{text_c}} NOT NULL,
    person_id {{blob}} NOT NULL,
    role {{text_c}} NOT NULL,
    from_day {{text_c}} NOT NULL,
    to_day {{text_c}} NOT NULL,
    planned_to_day {{text_c}} NOT NULL,
    words TEXT NOT NULL,
    made_by {{blob}} NOT NULL,
    made_ms BIGINT NOT NULL,
    ended_by {{blob}},
    ended_ms BIGINT,
    ended_words TEXT NOT NULL
);
CREATE INDEX registry_duty_days ON registry_duty (to_day, from_day);
CREATE INDEX registry_duty_area ON registry_duty (area_id, duty_key);
CREATE INDEX registry_duty_person ON registry_duty (person_id, to_day);
