# two units give it back: the case is disputed, looked at on the spot, ruled on, dispatched with force; the ruling becomes a row
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
  a_sanitation asks_back c1 reason other_unit saying 该处归街道
  district_a   agrees_back c1
expect c1 dispute none
  district_a   dispatches c1 to a_street
  a_street     asks_back c1 reason other_unit saying 该处归环卫
  district_a   agrees_back c1
expect c1 dispute open  sent_back 2  stage district_dispatch
  district_a   dispatches c1 to a_sanitation            -> refused case_disputed
  commander    rules c1 to street-a saying 归街道       -> refused site_record_missing
  district_a   records_site c1 with photo saying 与两家单位现场踏勘，红线内为街道管养的背街小巷
  district_a   rules c1 to street-a saying 归街道       -> refused action_not_allowed
  commander    rules c1 to street-a saying 红线内由街道负责清理和日常保洁
expect c1 dispute ruled
  district_a   dispatches c1 to a_sanitation            -> refused ruling_names_other
  district_a   dispatches c1 to a_street
expect c1 unit street-a
  a_street     asks_back c1 reason other_unit saying 还是不归我们  -> refused binding_dispatch
expect a_street may_not ask_send_back c1
expect list 06010 at A1 names street-a
expect list 06010 at A2 names sanitation-a
expect list 06011 at A1 names sanitation-a
  a_street     signs c1
  a_street     feeds_back c1 with photo
  district_a   passes c1
expect c1 handled
expect audit clean
