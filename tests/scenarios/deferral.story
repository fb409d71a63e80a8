# a deferral takes the case out of the denominator for a stated reason; it is asked for once, by the lead
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation asks_deferral c1 saying 台风将至，按防御指令缓办
  dispatcher endorses c1
  leader     agrees c1
expect c1 dispatched  deferred yes  request deferral approved
  sanitation asks_deferral c1 saying 再缓 -> refused deferred_before
expect ledger deferral 1 of 3
expect audit clean
