# a void that nobody decided lapses when the case has been dispatched
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1
  dispatcher asks_cancel c1 saying 可能是误报
  dispatcher dispatches c1 to sanitation
expect c1 dispatched  request cancel lapsed
  sanitation signs c1
expect audit clean
