# a unit gives back within four working hours of the offer and says why; afterwards it keeps what it has
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 2 working_day
  dispatcher   dispatches c1 to sanitation
  sanitation   asks_back c1 reason none saying 不归我们          -> refused needs_return_reason
  sanitation   asks_back c1 reason wishful saying 不归我们       -> refused needs_return_reason
  sanitation   signs c1
expect sanitation may ask_send_back c1
[model] at 2026-09-29 15:01
[lianhu] at 2026-09-29 14:01
expect sanitation may_not ask_send_back c1
  sanitation   asks_back c1 reason other_unit saying 不归我们    -> refused return_window_over
expect c1 stage handle
expect audit clean
