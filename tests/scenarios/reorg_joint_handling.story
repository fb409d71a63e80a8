# lead and assisting unit become one: it has both parts, each with its own clock, and closes both
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to sanitation assisted by power
  sanitation   signs c1
at 2026-09-29 09:30
  sanitation   asks_extension c1 saying 要等吊车
  reorganise merge sanitation power into works
jobs
expect reorganisations done 1
expect c1 dispatched  unit works  request extension asked
  dispatcher   endorses c1
  leader       agrees c1
expect c1 extended 1
expect sanitation has 2 in inbox
  power        signs c1
at 2026-09-29 10:00
  sanitation   feeds_back c1 with photo
  dispatcher   passes c1
expect c1 dispatched
  power        feeds_back c1 with photo
  dispatcher   passes c1
expect c1 handled
expect audit clean
