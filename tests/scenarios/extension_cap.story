# at the cap of the month only the commander may approve, asked by the last round
rules overlay tight_ledgers
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  sanitation asks_extension c1 saying 要等吊车
  dispatcher endorses c1
  leader     agrees c1
expect ledger extension 1 of 1 light red
  sanitation asks_extension c1 saying 还要等
  dispatcher endorses c1
  leader     agrees c1 -> refused cap_reached
expect leader may give_to_higher c1
  leader     asks_higher c1 saying 确需延期
expect commander has 1 in inbox
  leader     agrees c1 -> refused action_not_allowed
  commander  agrees c1
expect c1 request extension approved  extended 2
expect ledger extension 2 of 1 light red
expect audit clean
