# a reply is still owed when the case has been closed meanwhile; an order does not hold up the work
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     supervises c1 to sanitation saying 谁也没在办 -> refused receiver_not_fitting
  leader     files c1 with limit 4 working_hour
  leader     supervises c1 to city-command level general saying 请优先派遣
expect c1 filed stage city_dispatch
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation assigns c1
  crew       feeds_back c1 with photo
  sanitation approves c1
  dispatcher passes c1
  operator   sends_to_check c1
  inspector  passes_check c1 with photo
  leader     closes c1
expect c1 closed supervised 1
expect dispatcher has 1 in inbox
  dispatcher replies c1 saying 已优先派遣
  leader     settles c1
expect c1 closed
expect dispatcher has 0 in inbox
expect audit clean
