-- Notices of long ago; what a person still has to decide stays.
DELETE FROM notices WHERE notice_key IN (
    SELECT notice_key FROM notices WHERE made_ms < :before AND state IN ('sent', 'dropped') ORDER BY made_ms, notice_key LIMIT 500)
