# a closed case stays with who was responsible; whoever took over sees it, and gets it when it is reopened
at 2026-09-29 09:00
  collector    reports 06010 at A2 with photo as c1
  operator     accepts c1
  leader       files c1
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
  a_sanitation signs c1
  a_sanitation feeds_back c1 with photo
  district_a   passes c1
  operator     sends_to_check c1 to inspector
  inspector    passes_check c1 with photo
  leader       closes c1
at 2026-09-30 09:00
  reorganise merge sanitation-a into street-a
jobs
expect reorganisations done 0
expect c1 closed  unit sanitation-a
expect a_street sees c1
  leader       reopens c1 saying 垃圾又堆起来了
  district_a   does rework_failed c1 saying 请返工
expect c1 dispatched
jobs
expect c1 unit street-a  part street-a reworked  by platform itself
expect a_street has 1 in inbox
  a_street     feeds_back c1 with photo
expect audit clean
