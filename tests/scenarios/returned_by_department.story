# a department returns what is not its own; its time is not charged, the next unit gets the full limit
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
at 2026-09-29 10:00
  a_sanitation asks_back c1 without words      -> refused needs_opinion
  a_sanitation asks_back c1 saying 该路段由街道负责
expect c1 stage decide_request
expect district_a has 1 in inbox
expect a_sanitation has 0 in inbox
  a_sanitation signs c1                        -> refused request_open
  dispatcher   agrees_back c1                  -> refused action_not_allowed
  district_a   agrees_back c1
expect c1 dispatched  stage district_dispatch  sent_back 1
  district_a   dispatches c1 to a_street
[model] expect c1 unit street-a  redispatched 1  handling deadline 2026-09-29 16:00
[lianhu] expect c1 unit street-a  redispatched 1  handling deadline 2026-09-29 15:00
expect a_street sees c1
expect audit clean
