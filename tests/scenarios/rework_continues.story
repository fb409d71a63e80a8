# where the city says so, reworked units only have what was left of the old limit
setting rework_clock continue
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 2 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
at 2026-09-29 10:00
  sanitation feeds_back c1 with photo
at 2026-09-29 11:00
  dispatcher reworks c1 saying 没有清干净
expect c1 rework 1  handling deadline 2026-09-29 12:00
expect audit clean
