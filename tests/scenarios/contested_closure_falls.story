# the second check finds it undone: the case goes back to the dispatcher, who has it reworked
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
  inspector2 contests c1 saying 路过时看到没清干净
  operator   sends_to_recheck c1 to collector2
  collector2 overturns c1 saying 墙角还有一堆
expect c1 filed  part sanitation failed_check
  dispatcher reworks c1 saying 全部清掉
  sanitation feeds_back c1 with photo
  dispatcher passes c1
expect c1 handled  rework 1
expect audit clean
