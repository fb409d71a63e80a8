# the city dispatcher sends a wrongly filed case back to the supervision centre
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher returns c1 saying 立案条件选错了
expect c1 accepted  sent_back 1
  leader     files c1 with limit 2 working_hour
  dispatcher dispatches c1 to sanitation
expect c1 handling deadline 2026-09-29 11:00
expect audit clean
