-- What was done with a feature's photograph after it came: removed from view, shown again; with who and why. Nothing of it goes.
CREATE TABLE registry_photo_acts (
    act_key {{key}},
    photo_key BIGINT NOT NULL,
    act {{text_c}} NOT NULL, -- removed, restored
    made_by {{blob}} NOT NULL,
    made_ms BIGINT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX registry_photo_acts_photo ON registry_photo_acts (photo_key, act_key);
INSERT INTO registry_photo_acts (photo_key, act, made_by, made_ms, words)
SELECT photo_key, 'removed', removed_by, removed_ms, removed_words FROM registry_photos WHERE removed_ms IS NOT NULL;
