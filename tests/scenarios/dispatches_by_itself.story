# a switched class goes by itself from filing to the unit where one row stands alone, by the city and by the district
row S1 06010 community A1 unit street-a
row S2 06011 cell A1 unit street-a
row S3 06011 cell A1 unit sanitation-a
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
jobs
expect c1 filed
automatic 06010 on
automatic 06011 on
jobs
expect c1 dispatched  unit street-a  row S1  automatic yes  stage sign  steps 5
expect a_street has 1 in inbox
# two rows: a person decides
  collector    reports 06011 at A1 with photo as c2
  operator     accepts c2
  leader       files c2 with limit 4 working_hour
jobs
expect c2 filed
# what a unit gives back is looked at by people
  a_street     asks_back c1 reason other_area saying 不在我街道范围
  district_a   agrees_back c1
jobs
expect c1 stage district_dispatch
  district_a   dispatches c1 to a_sanitation
expect c1 unit sanitation-a  automatic no  row none
automatic 06010 off
  collector    reports 06010 at A2 with photo as c3
  operator     accepts c3
  leader       files c3 with limit 4 working_hour
jobs
expect c3 filed
expect audit clean
