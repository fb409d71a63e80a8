// A file layer under SQLite by which a transaction's pages reach the write-ahead log in one write.
#pragma once

namespace chengge::storage {

// The name to open a connection with. SQLite writes each page of a commit with two calls; this layer keeps what is
// appended until the log is synced, read, cut or closed, and hands everything but the log to the system's own layer.
// Only for connections that sync at every commit (synchronous=FULL): others see a commit after its sync.
const char* gathered_log_layer();

} // namespace chengge::storage
