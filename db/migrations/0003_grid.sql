-- Regions, unit grid cells (GB/T 30428.1: initial and terminal dates) and the base map.
CREATE TABLE regions (
    region_key {{key}},
    code {{text_c}} NOT NULL,
    name TEXT NOT NULL,
    level BIGINT NOT NULL,
    parent_code TEXT NOT NULL DEFAULT '',
    managed_by_code TEXT NOT NULL DEFAULT '',
    area_class TEXT NOT NULL DEFAULT '',
    label_lon DOUBLE PRECISION NOT NULL,
    label_lat DOUBLE PRECISION NOT NULL,
    outline {{blob}} NOT NULL,
    initial_date TEXT NOT NULL,
    terminal_date TEXT NOT NULL DEFAULT '',
    UNIQUE (code, initial_date)
);
CREATE TABLE grid_cells (
    cell_key {{key}},
    code {{text_c}} NOT NULL,
    community_code TEXT NOT NULL,
    outline {{blob}} NOT NULL,
    west DOUBLE PRECISION NOT NULL,
    south DOUBLE PRECISION NOT NULL,
    east DOUBLE PRECISION NOT NULL,
    north DOUBLE PRECISION NOT NULL,
    area_m2 DOUBLE PRECISION NOT NULL,
    initial_date TEXT NOT NULL,
    terminal_date TEXT NOT NULL DEFAULT '',
    UNIQUE (code, initial_date)
);
CREATE INDEX grid_cells_by_community ON grid_cells (community_code);
CREATE TABLE base_features (
    feature_key {{key}},
    layer TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    rank BIGINT NOT NULL DEFAULT 0,
    geometry {{blob}} NOT NULL,
    west DOUBLE PRECISION NOT NULL,
    south DOUBLE PRECISION NOT NULL,
    east DOUBLE PRECISION NOT NULL,
    north DOUBLE PRECISION NOT NULL
);
CREATE INDEX base_features_by_layer ON base_features (layer);
