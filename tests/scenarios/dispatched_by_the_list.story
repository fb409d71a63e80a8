# what is dispatched to whom the list names keeps the row; another choice keeps none
row S1 06010 community A1 unit street-a
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1
expect c1 unit command-a  row S1
  district_a   dispatches c1
expect c1 unit street-a  row S1  automatic no
  collector    reports 06010 at A2 with photo as c2
  operator     accepts c2
  leader       files c2 with limit 4 working_hour
  dispatcher   dispatches c2 to sanitation
expect c2 unit sanitation  row none
expect audit clean
