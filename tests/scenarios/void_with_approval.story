# a case is voided before it is handled, on request and with the shift leader's approval
at 2026-09-29 09:00
  operator   reports 06010 at A1 as c1
  operator   accepts c1
  operator   asks_cancel c1 saying 与前一件重复
expect c1 accepted  request cancel asked
  operator   agrees c1 -> refused action_not_allowed
  leader     agrees c1 saying 查实重复
expect c1 cancelled
expect reporter told 经核定作废
expect ledger cancel 1 of 5
expect audit clean
