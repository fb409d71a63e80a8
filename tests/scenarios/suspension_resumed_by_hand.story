# the dispatcher starts the clock again by hand when the reason is gone early
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation asks_suspension c1 until 2026-12-20 09:00 saying 等配件
  dispatcher endorses c1
  leader     agrees c1
expect c1 suspended
at 2026-10-12 09:00
  sanitation resumes c1 saying 配件到了 -> refused action_not_allowed
  dispatcher resumes c1 without words -> refused needs_opinion
  dispatcher resumes c1 saying 配件到了
expect c1 dispatched  used 0 minutes
[model] expect c1 handling deadline 2026-10-12 15:00
night
expect c1 dispatched
expect audit clean
