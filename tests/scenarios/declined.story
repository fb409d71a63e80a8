# what is not the city's is declined with a reason, gets no number, and the reporter is told why
at 2026-09-29 09:00
  operator reports something at A1 as c1 saying 楼上邻居夜里太吵
  operator declines c1 without words   -> refused needs_opinion
  operator declines c1 saying 邻里噪声由公安机关处理，请拨打110
expect c1 declined  no number  steps 2
expect reporter told 邻里噪声由公安机关处理
  operator accepts c1                  -> refused action_not_allowed
expect operator has 0 in inbox
expect audit clean
