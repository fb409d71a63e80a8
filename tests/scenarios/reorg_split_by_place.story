# a city's unit is split by district, nothing of it is left; people and crews go where the rest goes
at 2026-09-29 09:00
  collector    reports 06010 at A2 with photo as c1
  operator     accepts c1
  leader       files c1
  dispatcher   dispatches c1 to sanitation
  sanitation   signs c1
  sanitation   assigns c1 to crew
  collector    reports 06010 at N1 with photo as c2
  operator     accepts c2
  leader       files c2
  dispatcher   dispatches c2 to sanitation
at 2026-09-29 10:00
  reorganise split sanitation part east regions b rest west
jobs
expect reorganisations done 2
expect c1 unit west  part west handling
expect c2 unit east  part east offered
expect sanitation sees c1
expect sanitation does_not_see c2
  crew         feeds_back c1 with photo
  sanitation   approves c1
  dispatcher   passes c1
expect c1 handled
  reorganise merge east into west
jobs
expect c2 unit west
  sanitation   signs c2
expect audit clean
