# a leader's instruction has a reply date; whoever has the work replies, the leader settles it
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  sanitation signs c1
  leader     instructs c1 to sanitation until 2026-09-30 17:00 saying 限期清理 -> refused action_not_allowed
  commander  instructs c1 to sanitation until 2026-09-28 17:00 saying 限期清理 -> refused reply_time_out_of_range
  commander  instructs c1 to power until 2026-09-30 17:00 saying 限期清理 -> refused receiver_not_fitting
  commander  instructs c1 to sanitation until 2026-09-30 17:00 saying 学校周边，限期清理并回复
expect c1 dispatched  instruction asked
expect sanitation has 2 in inbox
  sanitation answers c1 saying 今天下午清完
expect commander has 1 in inbox
  commander  accepts_answer c1
expect c1 instruction approved  dispatched
  sanitation feeds_back c1 with photo
expect audit clean
