-- What decides whether somebody is called back: the case, whoever reported it, an outside order.
SELECT c.case_key, c.case_id, c.state, t.wants_call_back, t.sealed_phone,
    (SELECT COUNT(*) FROM hotline_calls h WHERE h.case_key = c.case_key AND h.outside_no <> '') AS outside_orders
FROM cases c LEFT JOIN case_contacts t ON t.case_key = c.case_key WHERE c.case_key = :case_key
