// Threads that only look give way to whoever works (ADR 14).
#pragma once

namespace chengge {

// The calling thread weighs little from now on (`niceness` as of setpriority) and takes long turns.
void give_way(int niceness);
// Whether the calling thread does.
bool gives_way();

} // namespace chengge
