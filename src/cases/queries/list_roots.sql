-- Every signed root in order.
SELECT
    number, platform, day, until_ms, after_txid, after_key, through_txid, through_key, leaf_count,
    merkle_root, previous, signed_ms, key_id, algorithm, signature
FROM chain_roots
WHERE number > :after
ORDER BY number
