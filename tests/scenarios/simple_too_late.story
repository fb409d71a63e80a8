# what is not done within the window goes the ordinary way
at 2026-09-29 09:00
  collector  finds 06010 at A1 with photo as c1
at 2026-09-29 11:30
expect c1 light red
  collector  handles c1 at A1 with photo -> refused simple_too_late
  collector  hands_over c1 saying 东西太重，一个人搬不动
expect c1 reported  simple no
  operator   accepts c1
expect audit clean
