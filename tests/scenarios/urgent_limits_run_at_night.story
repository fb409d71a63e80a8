# an urgent limit runs through the night and the weekend, a working limit does not
at 2026-11-20 17:30
  collector  reports 06010 at A1 with photo as urgent
  operator   accepts urgent
  leader     files urgent with limit 2 urgent_hour
  dispatcher dispatches urgent to sanitation
expect urgent handling deadline 2026-11-20 19:30
  collector  reports 06010 at A2 with photo as working
  operator   accepts working
  leader     files working with limit 4 working_hour
  dispatcher dispatches working to sanitation
# half an hour on Friday, three and a half on Monday morning
[model] expect working handling deadline 2026-11-23 11:30
[lianhu] expect working handling deadline 2026-11-23 13:30
at 2026-11-22 12:00
expect urgent  handling light red
expect working handling light green
