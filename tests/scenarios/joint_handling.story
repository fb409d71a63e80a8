# two units handle one case: each with its own clock, handled when both are in
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation assisted by sanitation -> refused assistant_named_twice
  dispatcher dispatches c1 to sanitation assisted by crew -> refused receiver_not_fitting
  dispatcher dispatches c1 to sanitation assisted by power
expect c1 unit sanitation  part power offered
expect power has 1 in inbox
  sanitation signs c1
  power      signs c1
at 2026-09-29 10:00
  sanitation feeds_back c1 with photo
  dispatcher passes c1
expect c1 dispatched  part sanitation approved
expect c1 used 60 minutes
  power      asks_suspension c1 until 2026-10-20 09:00 saying 等材料 -> refused lead_asks
at 2026-09-29 11:00
  power      feeds_back c1 with photo
  dispatcher passes c1
expect c1 handled  part power approved
expect audit clean
