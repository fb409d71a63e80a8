# a suspended case rests in the problem store, its clock stands, and it resumes by itself at its date
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
at 2026-09-29 10:00
  sanitation asks_suspension c1 until 2028-01-01 09:00 saying 等产权清楚 -> refused until_out_of_range
  sanitation asks_suspension c1 until 2026-10-20 09:00 saying 等产权清楚
  dispatcher endorses c1
  leader     agrees c1
expect c1 suspended  until 2026-10-20 09:00
expect c1 used 60 minutes
  sanitation feeds_back c1 with photo -> refused action_not_allowed
expect sanitation has 0 in inbox
at 2026-10-19 09:00
night
expect c1 suspended
at 2026-10-20 09:30
night
expect c1 dispatched  by platform itself  used 60 minutes
expect sanitation has 1 in inbox
  sanitation asks_suspension c1 until 2026-11-20 09:00 saying 再挂一次 -> refused suspended_before
  sanitation feeds_back c1 with photo
expect audit clean
