# a district returns a case to the city, the city gives it to the other district
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to command-a
  district_a asks_back c1 saying 位置在霞山区
  dispatcher agrees_back c1
expect c1 filed  stage city_dispatch  sent_back 1
  dispatcher does return_to_filing c1 saying 再核一下位置   -> refused already_dispatched
  dispatcher dispatches c1 to command-b
expect district_b sees c1
expect c1 dispatched  stage district_dispatch
expect audit clean
