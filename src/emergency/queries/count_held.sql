-- Open cases whose clocks stand still by a mode.
SELECT COUNT(*) AS cases FROM cases WHERE hold_decision = :number AND is_open = 1
