# two units become one: people, rows and open work go there, clocks run on as they were, what is over stays
row M1 06010 community A1 unit street-a
at 2026-09-29 09:00
  collector    reports 06010 at A2 with photo as c1
  operator     accepts c1
  leader       files c1 with limit 4 working_hour
  dispatcher   dispatches c1 to command-a
  district_a   dispatches c1 to a_sanitation
  a_sanitation signs c1
  collector    reports 06010 at A1 with photo as c2
  operator     accepts c2
  leader       files c2 with limit 4 working_hour
  dispatcher   dispatches c2 to command-a
  district_a   dispatches c2 to a_street
[model] expect c1 handling deadline 2026-09-29 15:00
at 2026-09-29 09:30
  collector    reports 06010 at A3 with photo as c3
  operator     accepts c3
  leader       files c3
  dispatcher   dispatches c3 to power
  reorganise merge sanitation-a street-a into crew-a -> refused reorganisation_faulty
  reorganise merge supervision power into power      -> refused reorganisation_faulty
  reorganise merge sanitation-a into sanitation-a    -> refused reorganisation_faulty
  reorganise merge sanitation-a street-a into nowhere-a from 2026-09-28 -> refused reorganisation_faulty
  reorganise merge sanitation-a street-a into care-a
jobs
expect reorganisations done 2
expect c1 dispatched  unit care-a  part care-a signed  by platform itself  used 30 minutes
[model] expect c1 handling deadline 2026-09-29 15:00
expect c2 unit care-a  part care-a offered  stage sign
expect c3 unit power  steps 4
expect list 06010 at A1 names care-a by M1
expect list 06010 at A2 names care-a by M1
expect a_sanitation sees c1
expect a_street sees c1
expect a_street has 2 in inbox
  a_street     signs c2
  a_sanitation assigns c1 to a_crew
  a_crew       feeds_back c1 with photo
  a_street     approves c1
  district_a   passes c1
expect c1 handled
  reorganise rename street-a to 别名 -> refused organisation_unknown
jobs
expect reorganisations done 2
restart
expect c1 handled  unit care-a
expect audit clean
