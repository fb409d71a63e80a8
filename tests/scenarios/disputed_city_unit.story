# the city's dispatcher marks a case disputed, records the spot; the commander rules; the city gives it to the centre above the ruled unit
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   marks_disputed c1 without words                  -> refused needs_opinion
  dispatcher   marks_disputed c1 saying 市政与环卫历来各执一词
expect c1 dispute open  stage city_dispatch
expect dispatcher may_not dispatch c1
  dispatcher   records_site c1 without photo saying 现场踏勘     -> refused needs_media
  dispatcher   records_site c1 with photo saying 现场踏勘，红线见图
  commander    rules c1 to a_street saying 由街道负责
expect c1 dispute ruled  filed
  dispatcher   dispatches c1 to sanitation                      -> refused ruling_names_other
  dispatcher   dispatches c1 to command-a
expect district_a may_not ask_send_back c1
  district_a   dispatches c1 to a_street
expect c1 unit street-a
  a_street     signs c1
  district_a   redispatches c1 to a_sanitation saying 换一家     -> refused action_not_allowed
expect audit clean
