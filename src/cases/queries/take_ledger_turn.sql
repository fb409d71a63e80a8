-- The kind's turn: a row's lock until the transaction ends.
INSERT INTO ledger_turns (kind, turn) VALUES (:kind, 1)
ON CONFLICT (kind) DO UPDATE SET turn = ledger_turns.turn + 1
