# an assisting unit is waived with a reason; the case is handled when the others are in
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation assisted by power
  sanitation signs c1
  sanitation feeds_back c1 with photo
  dispatcher passes c1
expect c1 dispatched
  dispatcher waives c1 without words -> refused needs_opinion
  dispatcher waives c1 saying 现场没有电力设施
expect c1 handled  part power waived
expect audit clean
