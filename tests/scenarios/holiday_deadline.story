# a report before the National Day holiday is due on the first working day after it
grid 100m
  A A B
  A . B
rules default          calendar 2026
at 2026-09-30 16:00
  collector  reports 06010 at A2 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 1 working_day
  dispatcher dispatches c1 to sanitation
expect c1 dispatched   cell A2   handling deadline 2026-10-08 16:00   light green
at 2026-10-08 17:00
expect c1 light red
  sanitation closes c1       -> refused action_not_allowed
