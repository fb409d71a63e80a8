# a duplicate is merged into the case in hand; its reporter is told how that one ended
at 2026-09-29 09:00
  collector  reports 06010 at A1 as c1
  operator   accepts c1
at 2026-09-29 09:05
  operator   reports 06010 at A1 as c2
  operator2  merges c2 into c2                     -> refused merge_into_itself
  citizen    does merge c2 into c1                 -> refused case_unknown
  dispatcher does merge c2 into c1                 -> refused action_not_allowed
  operator   merges c2 into c1
expect c2 merged  light none
expect c1 accepted  stands_for 1
expect c2 stands_for 0
[model] expect reporter told 已并入一起处理
  operator   reports 06010 at A1 as c3
  operator   merges c3 into c2                     -> refused lead_is_over
  operator   merges c1 into c3                     -> refused has_merged_cases
  operator   accepts c2                            -> refused action_not_allowed
expect operator has 1 in inbox
expect audit clean
