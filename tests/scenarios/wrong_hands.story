# nobody does another post's work
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  collector    accepts c1               -> refused action_not_allowed
  leader       files c1 with limit 4 working_hour -> refused action_not_allowed
  dispatcher   dispatches c1 to sanitation        -> refused action_not_allowed
  operator     accepts c1
  operator     files c1 with limit 4 working_hour -> refused action_not_allowed
  leader       closes c1                -> refused action_not_allowed
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to crew    -> refused receiver_not_fitting
  dispatcher   dispatches c1 to a_sanitation -> refused receiver_not_fitting
  dispatcher   dispatches c1 to contractor   -> refused receiver_not_fitting
  dispatcher   dispatches c1 to command-a
  district_b   dispatches c1 to b_sanitation -> refused case_unknown
  dispatcher   dispatches c1 to sanitation   -> refused action_not_allowed
  district_a   dispatches c1 to b_sanitation -> refused receiver_not_fitting
  district_a   dispatches c1 to a_sanitation
  b_sanitation signs c1                 -> refused case_unknown
  a_crew       feeds_back c1 with photo -> refused case_unknown
expect c1 steps 5
expect audit clean
