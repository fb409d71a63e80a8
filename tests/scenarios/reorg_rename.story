# a unit is renamed from a day on: history keeps the old name, later steps say the new one, nothing moves
at 2026-09-29 09:00
  collector    reports 06010 at A2 with photo as c1
  operator     accepts c1
  leader       files c1
  dispatcher   dispatches c1 to sanitation
  sanitation   signs c1
at 2026-09-29 10:00
  reorganise rename sanitation to 单位sanitation         -> refused reorganisation_faulty
  reorganise rename sanitation to 环境卫生中心 from 2026-10-09
  reorganise rename sanitation to 别的名字               -> refused reorganisation_overlaps
jobs
expect reorganisations waiting 0
at 2026-10-09 09:00
jobs
expect reorganisations done 0
expect c1 dispatched  unit sanitation  steps 5  history 单位sanitation
  sanitation   comments c1 saying 已安排
expect c1 history 环境卫生中心  history 单位sanitation
expect audit clean
