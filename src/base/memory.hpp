// The allocator's own affairs.
#pragma once

namespace chengge {

// To the system, what is free and kept for later: after work that took much more than what follows.
void give_memory_back();

} // namespace chengge
