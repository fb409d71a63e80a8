# a point in another datum is placed right when it says so
at 2026-09-29 09:00
  collector reports 06010 at A1 with photo from gcj02 as c1
expect c1 cell A1
  collector reports 06010 at A2 with photo from bd09 as c2
expect c2 cell A2
  collector reports 06010 at outside as c3   -> refused outside_city
  collector reports 99999 at A1 as c4        -> refused class_unknown
