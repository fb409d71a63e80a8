# reminders, remarks and photos at any time, by those who have a part
at 2026-09-29 09:00
  collector  reports 06010 at A1 with photo as c1
  operator   accepts c1
  leader     files c1 with limit 4 working_hour
  dispatcher dispatches c1 to sanitation
  dispatcher reminds c1
  leader     reminds c1 saying 市民再次来电
  sanitation comments c1 saying 正在协调车辆
  sanitation adds_photo c1 without photo -> refused needs_media
  sanitation adds_photo c1 with photo
  sanitation reminds c1                  -> refused action_not_allowed
  power      comments c1 saying 路过      -> refused case_unknown
  leader     does instruct c1 saying 批示 -> refused action_not_allowed
expect c1 reminded 2  dispatched  photos 2
expect audit clean
