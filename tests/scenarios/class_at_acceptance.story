# a citizen's words without a class need one before acceptance
at 2026-09-29 09:00
  citizen  reports something at A1 with photo as c1 saying 路口有一堆垃圾
  operator accepts c1   -> refused needs_class
expect c1 reported
expect citizen sees c1
expect citizen2 does_not_see c1
expect citizen may_not comment c1
