-- When the newest entry of the feed was recorded.
SELECT recorded_ms FROM feed_entries ORDER BY txid DESC, entry_key DESC LIMIT 1
