# a failed check goes back to the dispatcher, who chooses rework or another unit
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
  a_sanitation signs c1
  a_sanitation feeds_back c1 with photo
  district_a   passes c1
  operator     sends_to_check c1 to collector    -> refused checker_is_reporter
  operator     sends_to_check c1 to inspector
  inspector    fails_check c1 without photo      -> refused needs_media
  inspector    fails_check c1 with photo saying 现场仍有垃圾
expect c1 dispatched  stage district_dispatch
expect dispatcher may_not dispatch c1
  district_a   reworks c1 saying 核查不通过，请重新清理
expect c1 rework 1  stage handle
  a_sanitation feeds_back c1 with photo
  district_a   passes c1
  operator     sends_to_check c1 to inspector
  inspector    fails_check c1 with photo saying 还是没清干净
  district_a   dispatches c1 to a_street
expect c1 redispatched 1  unit street-a
  a_street     signs c1
  a_street     feeds_back c1 with photo
  district_a   passes c1
  operator     sends_to_check c1 to inspector
  inspector    passes_check c1 with photo
  leader       closes c1
expect c1 closed  rework 1
expect audit clean
