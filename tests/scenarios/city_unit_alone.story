# a city unit without crews signs, handles and feeds back itself
at 2026-09-29 09:00
  operator   reports 06010 at A1 as c1
  operator   accepts c1
  leader     files c1 with limit 2 urgent_hour
  dispatcher dispatches c1 to power
  power      signs c1
  power      feeds_back c1 without photo   -> refused needs_media
  power      feeds_back c1 with photo
expect c1 stage gate
  dispatcher passes c1
  operator   sends_to_check c1 to inspector
  inspector  passes_check c1
  leader     closes c1
expect c1 closed  unit power
expect audit clean
