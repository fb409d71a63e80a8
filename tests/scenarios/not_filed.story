# the shift leader may refuse to file, or send a report back to intake
at 2026-09-29 09:00
  collector reports 06010 at A1 with photo as c1
  operator  accepts c1
  leader    files c1 with row nonsense          -> refused filing_row_unknown
  leader    files c1 with row 2026-event-06012-1 -> refused row_not_of_class
  leader    returns c1 without words            -> refused needs_opinion
  leader    returns c1 saying 照片看不清位置，请补充
expect c1 reported  sent_back 1
  collector adds_photo c1 with photo
  operator  accepts c1
  leader    does_not_file c1 saying 已由在建工程处理
expect c1 not_filed  number {platform}-20260929-00001  photos 2
expect audit clean
