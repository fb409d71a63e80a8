# the dispatcher may refuse a return; the clock has run on
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to sanitation
  sanitation   asks_back c1 saying 不属于我单位
at 2026-09-29 10:00
  dispatcher   refuses_back c1 saying 责任清单第三条属贵单位
[model] expect c1 stage sign  handling deadline 2026-09-29 15:00  used 60 minutes
[lianhu] expect c1 stage sign  handling deadline 2026-09-29 14:00  used 60 minutes
  sanitation   signs c1
  sanitation   asks_back c1 saying 再次申请
  sanitation   withdraws c1
expect c1 stage handle
  sanitation   assigns c1 to crew
expect c1 sent_back 0
expect audit clean
