# a district command centre names a lead and an assisting unit of its own; a failed check asks the lead again
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to district_a
  district_a dispatches c1 to a_sanitation assisted by a_street
  a_sanitation signs c1
  a_street   signs c1
  a_sanitation feeds_back c1 with photo
  a_street   feeds_back c1 with photo
  district_a passes c1
expect c1 dispatched
  district_a passes c1
expect c1 handled
  operator   sends_to_check c1 to inspector
  inspector  fails_check c1 saying 还有残留
expect c1 dispatched  part sanitation-a failed_check  part street-a approved
  district_a reworks c1 saying 清干净
  district_a reworks_again c1 of street-a saying 街道也再清一遍
expect c1 part street-a reworked
  a_sanitation feeds_back c1 with photo
  district_a passes c1
expect c1 dispatched
  a_street   feeds_back c1 with photo
  district_a passes c1
expect c1 handled
expect audit clean
