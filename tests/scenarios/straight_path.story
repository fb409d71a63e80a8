# a case goes through all seven stages with every role
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
expect c1 reported  stage accept  no number  light green
expect operator has 1 in inbox
  operator     accepts c1
expect c1 accepted  number {platform}-20260929-00001
[model] expect reporter told 已经受理
[lianhu] expect reporter told 我们记下了
  leader       files c1 with limit 4 working_hour
at 2026-09-29 09:10
  dispatcher   dispatches c1 to command-a
expect c1 dispatched  stage district_dispatch  unit command-a
  district_a   dispatches c1 to a_sanitation
[model] expect c1 stage sign  unit sanitation-a  handling deadline 2026-09-29 15:10
[lianhu] expect c1 stage sign  unit sanitation-a  handling deadline 2026-09-29 14:10
  a_sanitation signs c1
  a_sanitation assigns c1 to a_crew
expect a_crew has 1 in inbox
expect a_sanitation has 0 in inbox
at 2026-09-29 10:10
  a_crew       feeds_back c1 with photo saying 垃圾已清走
expect c1 stage review  used 60 minutes
  a_sanitation approves c1
expect c1 stage gate
  district_a   passes c1
expect c1 handled  stage send_check
  operator     sends_to_check c1 to inspector
expect c1 stage check
expect inspector has 1 in inbox
  inspector    passes_check c1 with photo
expect c1 checked  stage close
  leader       closes c1
expect c1 closed  steps 13  photos 3  light none  rework 0
[model] expect reporter told 结案
[lianhu] expect reporter told 办结
expect audit clean
