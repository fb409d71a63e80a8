-- Holds the place of a migration that lies on another branch.
CREATE TABLE held_place (held BIGINT);
DROP TABLE held_place;
