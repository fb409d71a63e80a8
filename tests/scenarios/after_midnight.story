# the number's day is the day of acceptance in the city's time, restart or not
at 2026-09-29 23:59
  collector reports 06010 at A1 with photo as c1
  operator  accepts c1
  restart
at 2026-09-30 00:01
  collector reports 06010 at A2 with photo as c2
  operator  accepts c2
expect c1 number {platform}-20260929-00001
expect c2 number {platform}-20260930-00001
expect audit clean
