# the slower of two is told, and nothing of theirs is lost or doubled
at 2026-09-29 09:00
  collector reports 06010 at A1 with photo as c1
  operator  accepts c1
  operator2 declines c1 at version 1 saying 重复   -> refused stale_version
  operator  comments c1 saying 市民来电催问
  leader    files c1 with limit 4 working_hour at version 2 -> refused stale_version
  leader    files c1 with limit 4 working_hour
expect c1 filed  steps 4
expect audit clean
