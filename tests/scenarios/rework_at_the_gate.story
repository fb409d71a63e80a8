# work that fails the gate goes back to the same unit with a new full limit
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 2 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation assigns c1 to crew
at 2026-09-29 10:00
  crew       feeds_back c1 with photo
  sanitation rejects c1 saying 没有清干净
# the department's own review does not count; an hour is left
expect c1 stage handle  handling deadline 2026-09-29 11:00
at 2026-09-29 10:30
  crew       feeds_back c1 with photo
  sanitation approves c1
at 2026-09-29 11:50
  dispatcher reworks c1 saying 边角还有残留
[model] expect c1 stage handle  rework 1  handling deadline 2026-09-29 15:50
[lianhu] expect c1 stage handle  rework 1  handling deadline 2026-09-29 13:20
  sanitation assigns c1 to crew
  crew       feeds_back c1 with photo
  sanitation approves c1
  dispatcher passes c1
expect c1 handled  photos 4
expect audit clean
