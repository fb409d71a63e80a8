# once the next holder has opened the case, or the window has ended, nothing is taken back
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1
  dispatcher dispatches c1 to sanitation
  leader     opens c1
expect dispatcher may recall c1
  sanitation opens c1
expect dispatcher may_not recall c1
  dispatcher recalls c1 saying 派错了 -> refused recall_opened
  sanitation signs c1
  sanitation feeds_back c1 with photo
at 2026-09-29 09:10
expect sanitation may recall c1
at 2026-09-29 09:11
  sanitation recalls c1 saying 照片错了 -> refused recall_too_late
expect audit clean
