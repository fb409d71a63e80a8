-- Classes that were switched.
SELECT edition, kind, class_code, is_on, changed_ms, changed_by FROM dispatch_switches ORDER BY edition, kind, class_code
