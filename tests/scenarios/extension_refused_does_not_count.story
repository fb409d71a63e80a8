# a refused extension does not count, a withdrawn one neither, and after the overrun none is asked for
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation asks_extension c1 saying 人手不够
  dispatcher refuses c1 without words -> refused needs_opinion
  dispatcher refuses c1 saying 时间足够
expect c1 request extension refused  extended 0
  sanitation asks_extension c1 saying 车坏了
  sanitation withdraws c1
expect c1 request extension withdrawn  extended 0
at 2026-09-30 20:00
  sanitation asks_extension c1 saying 已经晚了 -> refused already_overdue
expect sanitation reads 2 in ledger extension
expect power reads 0 in ledger extension
expect leader reads 2 in ledger extension
expect audit clean
