# a share of the simple cases is drawn for a spot check; what was not done becomes an ordinary case
setting simple_check_share 1
at 2026-09-29 09:00
  collector  finds 06010 at A1 with photo as c1
  collector  finds 06010 at A2 with photo as c2
  collector  handles c1 at A1
  collector  handles c2 at A2
  operator   archives c1 -> refused drawn_for_check
  operator   sends_to_spot_check c1 to collector -> refused checker_is_reporter
  operator   sends_to_spot_check c1 to inspector
  inspector  finds_good c1
expect c1 archived
  operator   sends_to_spot_check c2 to inspector
  inspector  finds_bad c2 saying 地上还有
expect c2 reported  simple no
  operator   accepts c2
expect c2 accepted
expect audit clean
