# a supervision order: who has the work replies in time, is asked again, and the centre settles it
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
expect sanitation has 1 in inbox
  operator   supervises c1 to sanitation            -> refused action_not_allowed
  leader     supervises c1 to power                 -> refused receiver_not_fitting
  leader     supervises c1 to sanitation without words -> refused needs_opinion
  leader     supervises c1 to sanitation level unheard_of -> refused needs_supervision_level
  leader     supervises c1 to sanitation until 2026-09-29 08:59 -> refused reply_time_out_of_range
  leader     supervises c1 to sanitation level urgent saying 学校门口，今天上午必须清走
[model] expect c1 dispatched supervised 1 order asked 2026-09-29 15:00  unit sanitation
[lianhu] expect c1 dispatched supervised 1 order asked 2026-09-29 11:00  unit sanitation
expect sanitation has 2 in inbox
expect power does_not_see c1
  sanitation signs c1
  power      replies c1 saying 不是我单位 -> refused case_unknown
  dispatcher replies c1 saying 代为回复   -> refused action_not_allowed
at 2026-09-29 10:00
  sanitation replies c1 without words    -> refused needs_opinion
  sanitation replies c1 saying 车辆已派出，十一点前清完
[model] expect c1 order answered 2026-09-29 15:00  dispatched
[lianhu] expect c1 order answered 2026-09-29 11:00  dispatched
expect leader has 1 in inbox
  dispatcher settles c1                  -> refused action_not_allowed
  leader     asks_again c1 saying 附清理后的照片
expect leader has 0 in inbox
at 2026-09-29 11:00
  sanitation replies c1 with photo saying 已清完
  leader     settles c1
[model] expect c1 order approved 2026-09-29 15:00  supervised 1
[lianhu] expect c1 order approved 2026-09-29 11:00  supervised 1
expect leader has 0 in inbox
  dispatcher supervises c1 to sanitation level critical until 2026-09-29 14:00 saying 复发
  dispatcher takes_order_back c1 saying 误发
expect c1 order withdrawn 2026-09-29 14:00  supervised 2
  leader     supervises c1 to sanitation without reply saying 今后每日巡查
expect c1 order noted none none  supervised 3
expect audit clean
