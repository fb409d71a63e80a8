# a merge that was a mistake is undone: the stage runs on with the limit it had
at 2026-09-29 09:00
  collector  reports 06010 at A1 as c1
  operator   accepts c1
  collector2 reports 06012 at A2 as c2
  operator   accepts c2
  leader     files c2 with limit 4 working_hour
[model] expect c2 filed  stage city_dispatch  stage deadline 2026-09-29 09:30
  leader     merges c2 into c1
expect c2 merged
expect dispatcher has 0 in inbox
at 2026-09-29 09:10
  leader     undoes_merge c2 without words         -> refused needs_opinion
  leader     undoes_merge c2 saying 两处不是同一个问题
expect c2 filed  stage city_dispatch
[model] expect c2 stage deadline 2026-09-29 09:30
expect c1 stands_for 0
expect dispatcher has 1 in inbox
  dispatcher dispatches c2 to command-a
expect audit clean
