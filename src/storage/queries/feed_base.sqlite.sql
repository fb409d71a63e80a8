-- SQLite's feed counts no transactions.
SELECT 0 AS txid, 0 AS base
