# a check is given to another while it is open; the timer begins anew
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation feeds_back c1 with photo
  dispatcher passes c1
  operator   sends_to_check c1 to inspector
at 2026-09-29 10:00
  operator   reassigns c1 to inspector -> refused receiver_not_fitting
  operator   reassigns c1 to collector -> refused checker_is_reporter
  operator   reassigns c1 to inspector2
expect inspector has 0 in inbox
expect inspector2 has 1 in inbox
  inspector  passes_check c1 -> refused action_not_allowed
  inspector2 passes_check c1
expect c1 checked
expect audit clean
