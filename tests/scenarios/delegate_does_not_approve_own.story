# who asks does not approve, also not as the deputy of who approves
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     delegates to operator until 2026-10-05 18:00
  operator   asks_cancel c1 saying 重复
  operator   agrees c1 for leader -> refused request_is_own
  leader     agrees c1
expect c1 cancelled
expect audit clean
