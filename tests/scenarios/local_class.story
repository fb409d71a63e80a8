# a city's own class, source and limit are rows of its overlay, nothing else
at 2026-09-29 09:00
[lianhu]   collector  reports 06990 at A1 with photo as c1
[model]    collector  reports 06990 at A1 with photo as c2 -> refused class_unknown
[lianhu]   operator   accepts c1
[lianhu]   leader     files c1
[lianhu]   dispatcher dispatches c1 to sanitation
[lianhu] expect c1 dispatched  handling deadline 2026-09-29 10:00
expect audit clean
