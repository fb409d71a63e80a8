-- From here on it may have gone out.
UPDATE notices SET state = 'sending', lease_ms = :until, address_index = :address_index WHERE notice_key = :notice_key AND state = 'claimed' AND owner = :owner
