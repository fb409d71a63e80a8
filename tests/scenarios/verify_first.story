# a doubtful report is verified on site before acceptance, never by its reporter
at 2026-09-29 09:00
  collector  reports 06010 at A1 as c1
  operator   sends_to_verify c1 to collector   -> refused checker_is_reporter
  operator   sends_to_verify c1 to collector2
expect c1 reported  stage verify
expect operator has 0 in inbox
  operator   accepts c1                        -> refused task_open
  collector  confirms c1 with photo            -> refused action_not_allowed
  collector2 confirms c1 without photo         -> refused needs_media
  collector2 confirms c1 with photo saying 现场确有垃圾
expect c1 stage accept
  operator   accepts c1
expect c1 accepted
  collector  reports 06010 at A2 as c2
  operator   sends_to_verify c2 to collector2
  collector2 does_not_find c2 saying 现场没有发现
  operator   declines c2 saying 现场核实不属实
expect c2 declined
expect audit clean
