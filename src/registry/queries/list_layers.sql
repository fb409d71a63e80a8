-- Where each layer stands and who is writing to it.
SELECT layer, version, writing, owner, touched_ms, followed FROM registry_layers ORDER BY layer
