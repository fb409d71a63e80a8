-- Originals in the order in which they came, a page (backup).
SELECT media_key, sm3, bytes FROM media WHERE media_key > :after ORDER BY media_key LIMIT :rows
