# for some days a colleague acts for the shift leader: with the leader's rights, with their own hand
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  operator   files c1 for leader -> refused not_delegated
  leader     delegates to sanitation until 2026-10-05 18:00 -> refused delegate_not_fitting
  leader     delegates to operator until 2027-10-05 18:00 -> refused delegation_time_out_of_range
  leader     delegates to operator until 2026-10-05 18:00
  operator   files c1 -> refused action_not_allowed
  operator   files c1 with limit 4 working_hour for leader
expect c1 filed  by operator leader
  dispatcher dispatches c1 to sanitation
expect c1 by dispatcher itself
at 2026-10-06 09:00
  collector  reports 06010 at A2 with photo as c2
  operator   accepts c2
  operator   files c2 for leader -> refused not_delegated
expect audit clean
