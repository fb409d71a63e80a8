# when the unit has fed back there is nothing left to extend: the request lapses
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation asks_extension c1 saying 可能来不及
  sanitation feeds_back c1 with photo
expect c1 request extension lapsed  stage gate
expect dispatcher may_not endorse c1
expect audit clean
