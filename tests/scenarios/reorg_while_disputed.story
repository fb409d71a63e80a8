# a ruling names a unit that ends before it is dispatched: the ruling means whoever took over
at 2026-09-29 09:00
  collector    reports 06010 at A1 with photo as c1
  operator     accepts c1
  leader       files c1
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
  a_sanitation asks_back c1 reason other_unit saying 该处归街道
  district_a   agrees_back c1
  district_a   dispatches c1 to a_street
  a_street     asks_back c1 reason other_unit saying 该处归环卫
  district_a   agrees_back c1
  district_a   records_site c1 with photo saying 与两家单位现场踏勘
  commander    rules c1 to street-a saying 红线内由街道负责
expect c1 dispute ruled  ruled_unit street-a
  reorganise merge street-a into sanitation-a
jobs
expect c1 ruled_unit sanitation-a  part street-a sent_back
expect list 06010 at A1 names sanitation-a
  district_a   dispatches c1 to power  -> refused receiver_not_fitting
  district_a   dispatches c1 to a_sanitation
  a_sanitation asks_back c1 reason other_unit saying 仍有异议 -> refused binding_dispatch
  a_street     signs c1
expect c1 part sanitation-a signed
expect audit clean
