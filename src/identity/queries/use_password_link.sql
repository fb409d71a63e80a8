-- Uses up a link: no row changed means it is unknown, used or over.
UPDATE password_links
SET used_ms = :now_ms
WHERE secret_sha256 = :secret_sha256 AND used_ms IS NULL AND expires_ms > :now_ms
