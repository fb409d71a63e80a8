# the same with a city unit: the city dispatcher has it again
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation feeds_back c1 with photo
  dispatcher passes c1
  operator   sends_to_check c1 to inspector
  inspector  passes_check c1 with photo
  leader     sends_back_to_dispatch c1 saying 结案条件没有满足
expect c1 filed  stage city_dispatch
  dispatcher dispatches c1 to power
expect c1 redispatched 1  unit power
  sanitation signs c1     -> refused action_not_allowed
expect audit clean
