# found, handled on the spot and archived in three steps; it never becomes a filed case
setting simple_check_share 0
at 2026-09-29 09:00
  collector  finds 06013 at A1 with photo as c2 -> refused class_not_simple
  collector  finds 06010 at A1 as c3 -> refused needs_media
  collector  finds 06010 at A1 with photo as c1
expect c1 self_found  simple yes  stage simple_handle
expect collector has 1 in inbox
  collector2 handles c1 -> refused case_unknown
at 2026-09-29 09:20
  collector  handles c1 at B1 -> refused simple_too_far
  collector  handles c1 without photo -> refused needs_media
  collector  handles c1 at A1
expect c1 self_handled  photos 2  no number
night
expect c1 archived  simple yes  by platform itself
expect audit clean
