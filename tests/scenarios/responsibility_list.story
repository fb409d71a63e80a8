# who answers: an area before a cell, a cell before its community, a class before its major class, the later row before the earlier
grid 100m
  A A A B
  A A . B
  N N N N
at 2026-09-29 09:00
expect list 06010 at A1 names sanitation-a by T-sanitation-{district_a}
expect list 06010 at N1 names sanitation-b
expect list 06001 at A1 names nobody
row S1 any community A1 unit street-a
expect list 06010 at A1 names street-a by S1
expect list 06010 at B1 names sanitation-a
row S2 06 community A1 unit sanitation
expect list 06010 at A2 names sanitation by S2
row S3 06010 community A1 unit sanitation-a
expect list 06010 at A2 names sanitation-a by S3
expect list 06011 at A2 names sanitation by S2
row S4 06 cell A2 unit street-a
expect list 06010 at A2 names street-a by S4
expect list 06010 at A1 names sanitation-a by S3
row S5 any area A2 unit power
expect list 06010 at A2 names power by S5
# a row that ended says nothing any more; one that begins later goes first from that day on
row S6 06010 cell A3 unit power until 2026-09-28
expect list 06010 at A3 names sanitation-a by S3
row S7 06010 cell A4 unit street-a
row S8 06010 cell A4 unit power from 2026-10-08
expect list 06010 at A4 names street-a by S7
at 2026-10-08 09:00
expect list 06010 at A4 names power by S8
# two rows that say different things of the same: both are named
row S9 06010 cell A5 unit power
row S10 06010 cell A5 unit street-a
expect list 06010 at A5 names power street-a
