# the dispatcher takes work from one unit and gives it to another
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
at 2026-09-29 10:00
  dispatcher redispatches c1 to sanitation saying 换一家   -> refused receiver_not_fitting
  dispatcher redispatches c1 to a_sanitation saying 换一家 -> refused receiver_not_fitting
  dispatcher redispatches c1 to power saying 属电力设施
[model] expect c1 unit power  redispatched 1  handling deadline 2026-09-29 16:00
[lianhu] expect c1 unit power  redispatched 1  handling deadline 2026-09-29 15:00
expect sanitation has 0 in inbox
expect power has 1 in inbox
expect audit clean
