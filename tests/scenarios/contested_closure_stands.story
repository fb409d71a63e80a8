# a contested closure is checked again by somebody who has not checked before; it may stand
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
  sanitation contests c1 saying 我们办得好 -> refused action_not_allowed
  operator   contests c1 saying 市民来电称仍有垃圾
expect c1 contested  stage send_recheck
  operator   sends_to_recheck c1 to inspector -> refused checker_not_independent
  operator   sends_to_recheck c1 to collector -> refused checker_is_reporter
  operator   sends_to_recheck c1 to inspector2
  inspector2 upholds c1
expect c1 closed
expect audit clean
