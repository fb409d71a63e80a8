# the policy lets garbage be closed by its photographs, but not once a check has failed
rules overlay check_policies
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation feeds_back c1 with photo
  dispatcher passes c1
expect operator may check_by_photo c1
expect operator may_not check_by_video c1
  operator   sends_to_check c1 to inspector
  inspector  fails_check c1 saying 墙角没清
  dispatcher reworks c1 saying 重清
  sanitation feeds_back c1 with photo
  dispatcher passes c1
expect operator may_not check_by_photo c1
  operator   checks_by_photo c1 saying 看图合格 -> refused check_on_site
  operator   sends_to_check c1 to inspector
  inspector  passes_check c1
  leader     closes c1
expect audit clean
