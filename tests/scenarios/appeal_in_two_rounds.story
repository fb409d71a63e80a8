# an overrun is appealed once after closing; two reviews take it out of the statistics, the fact stays
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
at 2026-10-12 09:00
  sanitation feeds_back c1 with photo
  dispatcher passes c1
  operator   sends_to_check c1 to inspector
  inspector  passes_check c1
  leader     closes c1
expect c1 closed  excluded no
  power      appeals c1 saying 不是我的 -> refused case_unknown
  sanitation appeals c1 without words -> refused needs_opinion
  sanitation appeals c1 saying 当日交通管制，车辆进不去
expect evaluator has 1 in inbox
  leader     agrees c1 -> refused action_not_allowed
  evaluator  endorses c1 saying 交警通告属实
  leader     agrees c1
expect c1 closed  excluded yes  request appeal approved
  sanitation appeals c1 saying 再诉 -> refused appealed_before
expect ledger appeal 1 of 3
expect audit clean
