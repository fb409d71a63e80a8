-- Keeps a signed root; whoever signs the same number later finds it taken.
INSERT INTO chain_roots (
    number, platform, day, until_ms, after_txid, after_key, through_txid, through_key, leaf_count,
    merkle_root, previous, signed_ms, key_id, algorithm, signature)
VALUES (
    :number, :platform, :day, :until_ms, :after_txid, :after_key, :through_txid, :through_key,
    :leaf_count, :merkle_root, :previous, :signed_ms, :key_id, :algorithm, :signature)
ON CONFLICT (number) DO NOTHING
