# a city adds a state and an action of its own, and switches one on, without a line of code
rules overlay site_visit
at 2026-09-29 09:00
  collector reports 06010 at A1 with photo as c1
  operator  accepts c1
expect leader may visit_site c1
  leader    does visit_site c1 with photo
expect c1 visited  stage file_case
  leader    does supervise c1 saying 领导关注   -> refused action_not_allowed
  leader    files c1
  leader    does supervise c1 saying 领导关注
  dispatcher dispatches c1 to sanitation
expect c1 dispatched  photos 2
expect audit clean
