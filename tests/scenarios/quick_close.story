# closing fast needs a reason and a second person, and stands in its ledger
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  leader     asks_quick_close c1 without words -> refused needs_opinion
  leader     asks_quick_close c1 saying 现场已自行恢复
  leader     agrees c1 -> refused request_is_own
  leader2    agrees c1
expect c1 closed  part sanitation waived
expect sanitation has 0 in inbox
expect reporter told 已经办结
expect ledger quick_close 1 of 2
expect leader reads 1 in ledger quick_close
expect audit clean
