# a caller is told in plain words at acceptance and at closing, the unit what to do, and nobody who called
notices
at 2026-09-29 09:00
  operator     reports 06010 at A1 as c1 saying 门口垃圾没人收，电话13900139000
expect no_notice to caller 受理
  operator     accepts c1
expect notice to caller 已经受理，编号{platform}-20260929-00001
expect no_notice to leader 待立案
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
expect notice to a_sanitation 新派遣：{platform}-20260929-00001
expect notice to a_sanitation 签收
expect no_notice to a_sanitation 138
expect no_notice to a_sanitation 来电人
expect no_notice to b_sanitation 新派遣
  a_sanitation signs c1
  a_sanitation assigns c1 to a_crew
expect notice to a_crew 新任务：{platform}-20260929-00001
at 2026-09-29 10:10
  a_crew       feeds_back c1 with photo saying 垃圾已清走，联系13900139001
expect notice to a_sanitation 待审核
  a_sanitation approves c1
  district_a   passes c1
  operator     sends_to_check c1 to inspector
[model] expect notice to inspector 核查任务
[lianhu] expect notice to inspector 复查任务
  inspector    passes_check c1 with photo
expect no_notice to caller 办结
  leader       closes c1
expect notice to caller 已处理完毕并核查合格
expect no_notice to a_crew 办结
expect audit clean
