# an assisting unit is let go and the lead works on; when the lead is let go, so are those who help
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation assisted by power
  power      asks_back c1 saying 不是我们的杆
  dispatcher agrees_back c1
expect c1 dispatched  unit sanitation  part power sent_back
  sanitation asks_back c1 saying 不归我们
  dispatcher agrees_back c1
expect c1 filed
  dispatcher dispatches c1 to power assisted by sanitation
  power      asks_back c1 saying 还是不归我们
  dispatcher agrees_back c1
expect c1 filed  part sanitation waived
expect sanitation has 0 in inbox
expect audit clean
