# a limit that ends exactly with the session ends then, not on the next morning
at 2026-11-18 16:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 2 working_hour
  dispatcher dispatches c1 to sanitation
[model] expect c1 handling deadline 2026-11-18 18:00
[lianhu] expect c1 handling deadline 2026-11-19 09:00
at 2026-11-18 12:30
  collector  reports 06010 at A2 with photo as c2
  operator   accepts c2
  leader     files c2 with limit 1 working_hour
  dispatcher dispatches c2 to sanitation
# a start in the noon break counts from 14:00
[model] expect c2 handling deadline 2026-11-18 15:00
[lianhu] expect c2 handling deadline 2026-11-18 14:00
