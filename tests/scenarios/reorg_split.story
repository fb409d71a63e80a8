# a unit is split by class: the part's work goes to the new unit, the rest and what comes later stay
at 2026-09-29 09:00
  collector    reports 06010 at A2 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
  collector    reports 06012 at A2 with photo as c2
  operator     accepts c2
  leader       files c2
  dispatcher   dispatches c2 to command-a
  district_a   dispatches c2 to a_sanitation
at 2026-09-29 10:00
  reorganise split sanitation-a part waste-a rest sanitation-a -> refused reorganisation_faulty
  reorganise split sanitation-a part waste-a classes 2026/event/06010 rest sanitation-a
jobs
expect reorganisations done 1
expect c1 unit waste-a  part waste-a offered  used 60 minutes
expect c2 unit sanitation-a  part sanitation-a offered
expect list 06010 at A1 names waste-a
expect list 06012 at A1 names sanitation-a
# Somebody gives the old unit such a case all the same: that is a dispatch, not a leftover.
  collector    reports 06010 at A3 with photo as c3
  operator     accepts c3
  leader       files c3
  dispatcher   dispatches c3 to command-a
  district_a   dispatches c3 to a_sanitation
jobs
expect c3 unit sanitation-a
expect audit clean
