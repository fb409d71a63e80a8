# who was in time has nothing to appeal, and after the days for it nobody has
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation feeds_back c1 with photo
  dispatcher passes c1
  operator   sends_to_check c1 to inspector
  inspector  passes_check c1
  leader     closes c1
  sanitation appeals c1 saying 想申诉 -> refused was_in_time
  collector  reports 06010 at A2 with photo as c2
  operator   accepts c2
  leader     files c2 with limit 4 working_hour
  dispatcher dispatches c2 to sanitation
  sanitation signs c2
at 2026-10-12 09:00
  sanitation feeds_back c2 with photo
  dispatcher passes c2
  operator   sends_to_check c2 to inspector
  inspector  passes_check c2
  leader     closes c2
at 2026-11-20 09:00
  sanitation appeals c2 saying 当时有管制 -> refused appeal_too_late
expect audit clean
