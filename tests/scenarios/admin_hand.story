# the administrator's hand moves a stuck case; a second person confirms, the reason stays in the ledger
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  leader     asks_admin_hand c1 target filed without words -> refused needs_opinion
  leader     asks_admin_hand c1 target closed saying 想结案 -> refused target_not_fitting
  leader     asks_admin_hand c1 target filed saying 承办单位已撤并，须重新派遣
  leader     agrees c1 -> refused request_is_own
  leader2    agrees c1
expect c1 filed  stage city_dispatch  part sanitation waived
  dispatcher dispatches c1 to power
  power      signs c1
  power      feeds_back c1 with photo
  dispatcher passes c1
expect c1 handled  unit power
expect ledger admin_hand 1 of 2
expect audit clean
