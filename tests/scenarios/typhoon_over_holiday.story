# clocks stand still from the evening before the holiday and run on after it with what they had left
at 2026-09-30 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  collector  reports 06010 at N1 with photo as c2
  operator   accepts c2
  leader     files c2 with limit 4 working_hour
  dispatcher dispatches c2 to power
  power      signs c2
at 2026-09-30 10:30
expect c1 used 90 minutes
  leader2    begins mode 海神 stages handle regions nowhere -> refused mode_faulty
  commander  begins mode 海神 stages reply regions a         -> refused mode_faulty
  commander  begins mode 海神 regions a at 2026-09-29 09:00  -> refused mode_time_out_of_range
  commander  begins mode 海神 stages handle check regions a at 2026-09-30 10:00
  commander  begins mode 又来 stages handle regions a        -> refused mode_overlaps
jobs
expect mode 海神 on reached 1 held 1
expect c1 dispatched  held yes  no_deadline  used 60 minutes  by platform itself
expect c2 held no
[model] expect c2 handling deadline 2026-09-30 15:00
expect sanitation has 1 in inbox
at 2026-10-03 20:00
expect c1 used 60 minutes  light none
# What arises meanwhile stands still from its first moment, without waiting for the job.
  collector  reports 06010 at A2 with photo as c3
  operator   accepts c3
  leader     files c3 with limit 4 working_hour
  dispatcher dispatches c3 to sanitation
expect c3 held yes  no_deadline  used 0 minutes
at 2026-10-08 09:00
  commander  ends mode 海神 at 2026-10-08 08:30
jobs
expect mode 海神 over reached 2 held 0
expect c1 held no
[model] expect c1 used 90 minutes  handling deadline 2026-10-08 11:30
[model] expect c3 used 30 minutes  handling deadline 2026-10-08 14:30
  commander  ends mode 海神 -> refused mode_over
at 2026-10-08 10:00
  sanitation feeds_back c1 with photo
[model] expect c1 used 150 minutes
expect audit clean
