-- A shift is planned anew.
DELETE FROM rota WHERE day = :day AND shift = :shift
