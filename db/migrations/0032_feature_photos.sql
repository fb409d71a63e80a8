-- Photographs of features: bound to layer and id, whatever version is in force; what is removed from view stays, with who and why.
CREATE TABLE registry_photos (
    photo_key {{key}},
    media_id {{blob}} NOT NULL,
    layer {{text_c}} NOT NULL,
    feature_id {{text_c}} NOT NULL,
    at_ms BIGINT NOT NULL, -- when it was taken, else when it came
    words TEXT NOT NULL,
    proposal_id {{blob}}, -- which it came with
    made_by {{blob}} NOT NULL,
    organisation TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    removed_by {{blob}},
    removed_ms BIGINT,
    removed_words TEXT NOT NULL,
    UNIQUE (layer, feature_id, media_id)
);
CREATE INDEX registry_photos_newest ON registry_photos (layer, feature_id, at_ms, photo_key);
CREATE INDEX registry_photos_media ON registry_photos (media_id);
