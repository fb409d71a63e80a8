# a dispatch to the wrong unit is taken back while nobody has opened it: the state before, as a new step
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to power
expect c1 dispatched  unit power  steps 4
at 2026-09-29 09:05
  leader     recalls c1 saying 派错了 -> refused recall_not_yours
  dispatcher recalls c1 without words -> refused needs_opinion
  dispatcher recalls c1 saying 派错了，应为环卫
expect c1 filed  stage city_dispatch  steps 5  redispatched 0
expect power has 0 in inbox
expect dispatcher has 1 in inbox
  dispatcher recalls c1 saying 再撤 -> refused recall_not_yours
  dispatcher dispatches c1 to sanitation
expect c1 dispatched  unit sanitation  redispatched 0
[model] expect c1 handling deadline 2026-09-29 15:05
expect audit clean
