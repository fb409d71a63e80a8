# what a citizen reported may be confirmed by the citizen, where the policy says so
rules overlay check_policies
at 2026-09-29 09:00
  operator   reports 06010 at A1 as c1
  operator   accepts c1 -> refused needs_verify
  operator   sends_to_verify c1 to collector
  collector  confirms c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation feeds_back c1 with photo
  dispatcher passes c1
  operator   has_it_confirmed c1 without words -> refused needs_opinion
  operator   has_it_confirmed c1 saying 来电人说已清干净
expect c1 checked
  leader     closes c1
expect c1 closed
expect audit clean
