# an extension passes two rounds, adds one original limit each time, and is given twice at most
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
[model] expect c1 handling deadline 2026-09-29 15:00
at 2026-09-29 09:30
  sanitation asks_extension c1 without words -> refused needs_opinion
  sanitation asks_extension c1 saying 要等吊车
expect c1 request extension asked  stage decide_request
expect dispatcher may endorse c1
expect dispatcher may_not approve_extension c1
  sanitation asks_extension c1 saying 再问一次 -> refused request_open
  dispatcher endorses c1
expect leader may approve_extension c1
  dispatcher agrees c1             -> refused action_not_allowed
  leader     agrees c1
expect c1 request extension approved  extended 1
[model] expect c1 handling deadline 2026-09-30 09:00
  sanitation asks_extension c1 saying 吊车还没到
  dispatcher endorses c1
  leader     agrees c1
expect c1 extended 2
[model] expect c1 handling deadline 2026-09-30 15:00
  sanitation asks_extension c1 saying 第三次 -> refused extended_enough
expect ledger extension 2 of 5 light green
expect audit clean
