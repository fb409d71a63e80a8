-- Who approves against a cap takes the kind's turn, so that two at once do not both take the last place.
CREATE TABLE ledger_turns (
    kind TEXT NOT NULL PRIMARY KEY,
    turn BIGINT NOT NULL
);
