-- Notices of long ago, some at a time: keys rise with time. What a person still has to decide about stays.
DELETE FROM notices WHERE notice_key IN (
    SELECT notice_key FROM notices
    WHERE notice_key < COALESCE((SELECT n.notice_key FROM notices n WHERE n.made_ms >= :before ORDER BY n.notice_key LIMIT 1), 9223372036854775807)
        AND state IN ('sent', 'dropped')
    ORDER BY notice_key LIMIT 500)
