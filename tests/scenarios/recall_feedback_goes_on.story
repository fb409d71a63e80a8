# feedback taken back in time: the unit's clock goes on as if it had not been
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
at 2026-09-29 10:00
  sanitation feeds_back c1 with photo
expect c1 stage gate  used 60 minutes
at 2026-09-29 10:06
  sanitation recalls c1 saying 照片传错
expect c1 stage handle  used 66 minutes
[model] expect c1 handling deadline 2026-09-29 15:00
  sanitation feeds_back c1 with photo
  dispatcher passes c1
expect c1 handled  used 66 minutes
expect audit clean
