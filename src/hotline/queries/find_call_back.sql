-- A call-back and its case; of a merged case the one that stands for it.
SELECT b.call_back_key, b.state, b.attempts, c.case_key, c.case_id, c.merged_into FROM call_backs b JOIN cases c ON c.case_key = b.case_key WHERE b.call_back_id = :call_back_id
