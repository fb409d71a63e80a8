# the unit is told before and when its time is up, the leaders when it is; a return is answered to who asked
notices
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 2 working_hour
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
  a_sanitation asks_back c1 reason other_area saying 不是我们的路段
expect notice to district_a 待审批：退回
expect notice to district_a 不是我们的路段
  district_a   refuses_back c1 saying 就是你们的
expect notice to a_sanitation 不同意：退回
expect notice to a_sanitation 就是你们的
  a_sanitation signs c1
  a_sanitation assigns c1 to a_crew
[model] at 2026-09-29 10:40
[model] expect notice to a_crew 即将超期
[model] expect no_notice to a_crew 已超期
at 2026-09-30 10:00
expect notice to a_crew 已超期
expect no_notice to commander_a 处置超期
expect no_notice to collector 超期
  a_crew       feeds_back c1 with photo
  a_sanitation approves c1
  district_a   reworks c1 saying 角落还有
expect notice to a_sanitation 返工
expect notice to a_sanitation 角落还有
