# a suspended case is covered too: resumed within the mode its clock stands still, after it it runs on
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
at 2026-09-29 10:00
  sanitation asks_suspension c1 until 2026-10-20 09:00 saying 等产权清楚
  dispatcher endorses c1
  leader     agrees c1
expect c1 suspended  used 60 minutes
at 2026-10-09 09:00
  commander  begins mode 风 stages handle sign check
jobs
expect c1 suspended  held yes  until 2026-10-20 09:00
at 2026-10-20 09:30
night
expect c1 dispatched  held yes  no_deadline  used 60 minutes
at 2026-10-21 09:00
expect c1 used 60 minutes
  sanitation asks_extension c1 saying 设备受损
  dispatcher endorses c1
  leader     agrees c1
expect c1 extended 1  no_deadline
  commander  ends mode 风
jobs
[model] expect c1 held no  used 60 minutes  handling deadline 2026-10-21 18:00
at 2026-10-21 10:00
expect c1 used 120 minutes
expect audit clean
