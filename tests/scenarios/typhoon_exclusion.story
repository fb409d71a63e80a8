# one request takes every case that a mode has touched out of the evaluation; the fact stays
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  collector  reports 06010 at N1 with photo as c2
  operator   accepts c2
  leader     files c2
  dispatcher dispatches c2 to sanitation
  commander_a begins mode 区 stages handle regions b  -> refused mode_not_yours
  commander_a begins mode 区 stages handle            -> refused mode_not_yours
  commander_a begins mode 区 stages handle regions a
jobs
expect mode 区 reached 1
  sanitation feeds_back c1 with photo
  dispatcher passes c1
  operator   sends_to_check c1 to inspector
  inspector  passes_check c1 with photo
  leader     closes c1
expect c1 closed  held no
  evaluator  asks_exclusion 区                        -> refused mode_not_over
  commander_a ends mode 区
jobs
  commander  agrees_exclusion 区                      -> refused exclusion_unknown
  evaluator  asks_exclusion 区
  evaluator  asks_exclusion 区                        -> refused exclusion_there
  evaluator  agrees_exclusion 区                      -> refused request_is_own
  commander  agrees_exclusion 区
  commander  agrees_exclusion 区                      -> refused exclusion_decided
jobs
expect c1 closed  out_of_evaluation yes  excluded yes  by platform itself
expect c2 out_of_evaluation no  excluded no
expect audit clean
