# who is faster than the job loses no minute: the stop and the end hold from their own moment
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
at 2026-09-29 10:00
  commander  begins mode 风 stages handle check at 2026-09-29 09:30
at 2026-09-29 11:00
# The job has not come to it.
  sanitation feeds_back c1 with photo
expect c1 held yes  used 30 minutes
  dispatcher passes c1
  operator   sends_to_check c1 to inspector
expect c1 stage check
jobs
expect mode 风 reached 1
at 2026-09-29 14:30
  commander  ends mode 风
at 2026-09-29 15:00
  inspector  fails_check c1 with photo saying 没有清干净
expect c1 held no  filed
  dispatcher does rework_failed c1 saying 返工
[model] expect c1 dispatched  used 0 minutes  handling deadline 2026-09-30 09:00
jobs
expect mode 风 over reached 1
expect audit clean
